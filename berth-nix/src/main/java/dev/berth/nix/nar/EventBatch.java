package dev.berth.nix.nar;

import static dev.berth.nix.nar.NarFormat.WORD;

import java.io.IOException;
import java.util.Arrays;

/** Some events of a tree in one array, to be handed from a thread to another. */
final class EventBatch {
    /** After the last batch. */
    static final EventBatch END = new EventBatch(0);

    private static final int SIZE = 128 * 1024;

    /** The code of an event and the number that goes with it. */
    private static final int HEAD = 9;

    private static final byte START_DIRECTORY = 0;
    private static final byte ENTRY = 1;
    private static final byte END_DIRECTORY = 2;
    private static final byte START_FILE = 3;
    private static final byte START_EXECUTABLE = 4;
    private static final byte CONTENTS = 5;
    private static final byte END_FILE = 6;
    private static final byte SYMLINK = 7;

    private final byte[] bytes;
    private int used;

    EventBatch() {
        this(SIZE);
    }

    private EventBatch(int size) {
        this.bytes = new byte[size];
    }

    private int room() {
        return bytes.length - used;
    }

    private void put(byte event, long number) {
        bytes[used] = event;
        WORD.set(bytes, used + 1, number);
        used += HEAD;
    }

    private void put(byte event, byte[] from, int offset, int length) {
        put(event, length);
        System.arraycopy(from, offset, bytes, used, length);
        used += length;
    }

    /** Tells the events and empties the batch. */
    void replay(NarSink sink) throws IOException {
        for (int at = 0; at < used; ) {
            byte event = bytes[at];
            long number = (long) WORD.get(bytes, at + 1);
            at += HEAD;
            int length = event == ENTRY || event == CONTENTS || event == SYMLINK ? (int) number : 0;
            switch (event) {
                case START_DIRECTORY -> sink.startDirectory();
                case ENTRY -> sink.entry(Arrays.copyOfRange(bytes, at, at + length));
                case END_DIRECTORY -> sink.endDirectory();
                case START_FILE -> sink.startFile(false, number);
                case START_EXECUTABLE -> sink.startFile(true, number);
                case CONTENTS -> sink.contents(bytes, at, length);
                case END_FILE -> sink.endFile();
                case SYMLINK -> sink.symlink(Arrays.copyOfRange(bytes, at, at + length));
                default -> throw new IllegalStateException("no event has the code " + event);
            }
            at += length;
        }
        used = 0;
    }

    /** Takes a full batch and gives an empty one. */
    interface Overflow {
        EventBatch next(EventBatch full) throws IOException;
    }

    /** Puts events into batches. */
    static final class Encoder implements NarSink {
        private final Overflow overflow;
        private EventBatch batch = new EventBatch();

        Encoder(Overflow overflow) {
            this.overflow = overflow;
        }

        /** The batch that is being filled. */
        EventBatch batch() {
            return batch;
        }

        private void room(int length) throws IOException {
            if (batch.room() < length) {
                batch = overflow.next(batch);
            }
        }

        private void event(byte event, long number) throws IOException {
            room(HEAD);
            batch.put(event, number);
        }

        private void event(byte event, byte[] bytes) throws IOException {
            room(HEAD + bytes.length);
            batch.put(event, bytes, 0, bytes.length);
        }

        @Override
        public void startDirectory() throws IOException {
            event(START_DIRECTORY, 0);
        }

        @Override
        public void entry(byte[] name) throws IOException {
            event(ENTRY, name);
        }

        @Override
        public void endDirectory() throws IOException {
            event(END_DIRECTORY, 0);
        }

        @Override
        public void startFile(boolean executable, long size) throws IOException {
            event(executable ? START_EXECUTABLE : START_FILE, size);
        }

        @Override
        public void contents(byte[] buffer, int offset, int length) throws IOException {
            for (int done = 0; done < length; ) {
                room(HEAD + Math.min(length - done, 4096));
                int count = Math.min(length - done, batch.room() - HEAD);
                batch.put(CONTENTS, buffer, offset + done, count);
                done += count;
            }
        }

        @Override
        public void endFile() throws IOException {
            event(END_FILE, 0);
        }

        @Override
        public void symlink(byte[] target) throws IOException {
            event(SYMLINK, target);
        }
    }
}
