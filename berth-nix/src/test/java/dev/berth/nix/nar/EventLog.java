package dev.berth.nix.nar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Keeps a tree's events as text, the pieces of a file put together, so that two trees can be compared. */
final class EventLog implements NarSink {
    private final List<String> events = new ArrayList<>();
    private final ByteArrayOutputStream contents = new ByteArrayOutputStream();

    List<String> events() {
        return events;
    }

    @Override
    public void startDirectory() {
        events.add("directory");
    }

    @Override
    public void entry(byte[] name) {
        events.add("entry " + text(name));
    }

    @Override
    public void endDirectory() {
        events.add("end");
    }

    @Override
    public void startFile(boolean executable, long size) {
        events.add((executable ? "executable " : "file ") + size);
        contents.reset();
    }

    @Override
    public void contents(byte[] buffer, int offset, int length) {
        contents.write(buffer, offset, length);
    }

    @Override
    public void endFile() {
        events.add("contents " + text(contents.toByteArray()));
    }

    @Override
    public void symlink(byte[] target) {
        events.add("symlink " + text(target));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
