package dev.berth.node.nri;

/**
 * The runtime at the other end, as it says in its Configure request.
 *
 * @param name such as {@code containerd} or {@code cri-o}, empty if it did not say
 * @param version such as {@code v1.7.24~ds1}, empty if it did not say
 * @param nriVersion the version of NRI that it speaks, empty before NRI 0.11
 */
public record NriRuntime(String name, String version, String nriVersion) {
    /**
     * Whether an adjustment may replace a container's arguments: from NRI 0.10, which is in containerd 2.2 and CRI-O 1.34.
     * Older runtimes ignore the field.
     */
    public boolean replacesArguments() {
        return !nriVersion.isEmpty()
                || switch (name) {
                    case "containerd" -> atLeast(2, 2);
                    case "cri-o" -> atLeast(1, 34);
                    default -> false;
                };
    }

    private boolean atLeast(int major, int minor) {
        String[] numbers = version.replaceFirst("^v", "").split("[^0-9]+", 3);
        if (numbers.length < 2 || !isNumber(numbers[0]) || !isNumber(numbers[1])) {
            return false;
        }
        int first = Integer.parseInt(numbers[0]);
        return first > major || (first == major && Integer.parseInt(numbers[1]) >= minor);
    }

    private static boolean isNumber(String text) {
        return text.matches("[0-9]{1,9}");
    }

    /** In a log or a message: {@code containerd v1.7.24}. */
    @Override
    public String toString() {
        String known = (name + " " + version).strip();
        return (known.isEmpty() ? "an unnamed runtime" : known)
                + (nriVersion.isEmpty() ? "" : " (NRI " + nriVersion + ")");
    }
}
