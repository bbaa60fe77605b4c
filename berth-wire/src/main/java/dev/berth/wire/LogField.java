package dev.berth.wire;

/** A field of an activity or of its result: a number or a text. */
public sealed interface LogField {
    /**
     * An integer, unsigned.
     *
     * @param value as it goes over the wire
     */
    record Int(long value) implements LogField {}

    /**
     * A text: bytes, as logs of builds are in no encoding.
     *
     * @param bytes not copied
     */
    @SuppressWarnings("ArrayRecordComponent") // passed through once, never compared
    record Text(byte[] bytes) implements LogField {}
}
