package dev.berth.node.events;

import java.nio.charset.StandardCharsets;

/** Texts for events: what the agent says, and what strangers wrote. */
final class Note {
    /** The API takes 1024 bytes; tools that came before stop here. */
    static final int MAX_BYTES = 1000;

    private static final String CUT = "…";

    private Note() {}

    /** One line without control and formatting characters, of at most {@link #MAX_BYTES} bytes of UTF-8, cut between characters. */
    static String of(String text) {
        // Ten times as long is enough to fill the note, whatever of it goes.
        String start = text.length() > 10 * MAX_BYTES ? text.substring(0, 10 * MAX_BYTES) : text;
        String line =
                start.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}\\s]+", " ").strip();
        return cut(line, MAX_BYTES);
    }

    /** The start of a text that fits; it ends in an ellipsis if there was more. A lone half of a character is replaced. */
    static String cut(String text, int maxBytes) {
        int room = maxBytes - CUT.getBytes(StandardCharsets.UTF_8).length;
        StringBuilder kept = new StringBuilder();
        int size = 0;
        int sizeWithRoom = 0;
        for (int at = 0; at < text.length(); ) {
            int character = text.codePointAt(at);
            at += Character.charCount(character);
            int shown =
                    character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE ? 0xFFFD : character;
            size += bytes(shown);
            if (size > maxBytes) {
                return kept.substring(0, sizeWithRoom) + CUT;
            }
            kept.appendCodePoint(shown);
            if (size <= room) {
                sizeWithRoom = kept.length();
            }
        }
        return kept.toString();
    }

    private static int bytes(int character) {
        return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    }
}
