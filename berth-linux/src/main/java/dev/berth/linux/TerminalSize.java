package dev.berth.linux;

import java.util.Optional;

/**
 * How much a terminal shows (ioctl TIOCGWINSZ, ioctl_tty(2)).
 *
 * @param columns characters in a line, at least 1
 * @param rows lines, at least 1
 */
public record TerminalSize(int columns, int rows) {
    /**
     * Of the terminal that is open by now; it changes when somebody resizes its window.
     *
     * @param descriptor its number, which stays the caller's
     * @return empty if it is no terminal, or one that does not know its size
     */
    public static Optional<TerminalSize> of(int descriptor) {
        try (Scratch s = Scratch.take()) {
            if (DescriptorCalls.windowSize(s, descriptor) < 0) {
                return Optional.empty();
            }
            TerminalSize size = new TerminalSize(s.getShort(2), s.getShort(0));
            return size.columns > 0 && size.rows > 0 ? Optional.of(size) : Optional.empty();
        }
    }
}
