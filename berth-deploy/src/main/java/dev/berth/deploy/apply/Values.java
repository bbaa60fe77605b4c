package dev.berth.deploy.apply;

import com.fasterxml.jackson.databind.JsonNode;

/** Compares values of JSON. */
final class Values {
    private Values() {}

    /** Whether two values are the same; numbers by what they are, not by how they were written. */
    static boolean same(JsonNode a, JsonNode b) {
        return a.equals((x, y) -> x.isNumber() && y.isNumber() ? number(x, y) : (x.equals(y) ? 0 : 1), b);
    }

    private static int number(JsonNode a, JsonNode b) {
        return a.isIntegralNumber() && b.isIntegralNumber()
                ? a.bigIntegerValue().compareTo(b.bigIntegerValue())
                : Double.compare(a.doubleValue(), b.doubleValue());
    }
}
