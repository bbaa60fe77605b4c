package dev.berth.wire;

import dev.berth.nix.ByteText;
import dev.berth.nix.ContentAddress;
import dev.berth.nix.FormatException;
import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads what Nix's protocols are made of (libutil/serialise.cc, libstore/common-protocol.cc): little-endian words of eight
 * bytes, and strings with their length in front and zeros behind. Texts are those of {@link ByteText}.
 *
 * <p>Nothing is allocated because a peer announces it: memory grows with what has arrived, up to the limit of a message,
 * which begins at {@link #startMessage}. A value that is malformed is a {@link WireException} if the bytes are wrong and a
 * {@link FormatException} if the text in them is; after the latter the stream stands behind the text.
 *
 * <p>It has a buffer of its own and does not close its stream. One thread.
 */
public final class WireInput {
    /** A word in an array of bytes. */
    static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int BUFFER = ReadBuffer.SIZE;

    private final ReadBuffer buffer;
    private final MessageBudget budget;

    /** Reads one value. */
    @FunctionalInterface
    public interface Element<T> {
        /** Reads it. */
        T read(WireInput in) throws IOException;
    }

    /** Is told before the stream is read, which may wait: what the peer must get first can be flushed. */
    @FunctionalInterface
    public interface BeforeRead {
        /** Flushes. */
        void run() throws IOException;
    }

    /**
     * @param in needs no buffer
     * @param maxMessage bytes that one message may take in memory
     */
    public WireInput(InputStream in, long maxMessage) {
        this(in, maxMessage, () -> {});
    }

    /**
     * @param in needs no buffer
     * @param maxMessage bytes that one message may take in memory
     * @param beforeRead so that answers to requests that came together go together
     */
    public WireInput(InputStream in, long maxMessage, BeforeRead beforeRead) {
        this.buffer = new ReadBuffer(in, beforeRead);
        this.budget = new MessageBudget(maxMessage);
    }

    /** Another message begins: it may take memory anew. */
    public void startMessage() {
        budget.start();
    }

    /** Whether the stream ends here; waits until that is known. */
    public boolean atEnd() throws IOException {
        return buffer.atEnd();
    }

    /** How many bytes are here already, so that reading them does not wait. */
    public int buffered() {
        return buffer.buffered();
    }

    /** The bytes from here on as they are, without length or padding; the same stream at each call. */
    public InputStream stream() {
        return buffer.stream();
    }

    /** A word, unsigned. */
    public long u64() throws IOException {
        return buffer.word();
    }

    /**
     * A word as a number.
     *
     * @param most the greatest that is allowed
     */
    public long number(String what, long most) throws IOException {
        long value = u64();
        if (value < 0 || value > most) {
            throw new WireException(what + " is " + Long.toUnsignedString(value) + ", more than " + most);
        }
        return value;
    }

    /** A word as one of Nix's unsigned ints. */
    public long u32() throws IOException {
        return number("integer", 0xffff_ffffL);
    }

    /** A word; true unless it is 0. */
    public boolean bool() throws IOException {
        return u64() != 0;
    }

    /** Seconds since 1970. */
    public Instant time() throws IOException {
        return Instant.ofEpochSecond(number("time", Instant.MAX.getEpochSecond()));
    }

    /** A string as bytes. */
    public byte[] bytes() throws IOException {
        int length = length();
        byte[] bytes = new byte[Math.min(length, BUFFER)];
        int count = 0;
        while (count < length) {
            if (count == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * count));
            }
            int got = buffer.stream().read(bytes, count, bytes.length - count);
            if (got < 0) {
                throw ReadBuffer.truncated();
            }
            count += got;
        }
        padding(length);
        return bytes;
    }

    /** A string as text. */
    public String text() throws IOException {
        int length = length();
        if (length > BUFFER - 8) {
            return longText(length);
        }
        buffer.need(length + padOf(length));
        String text = ByteText.decode(buffer.array(), buffer.position(), buffer.position() + length);
        buffer.use(length);
        padding(length);
        return text;
    }

    private String longText(int length) throws IOException {
        buffer.use(-8);
        budget.refund(length);
        byte[] bytes = bytes();
        return ByteText.decode(bytes, 0, bytes.length);
    }

    /** A store path in full. @throws FormatException if it is none of the store dir */
    public StorePath storePath(StoreDir storeDir) throws IOException {
        return optionalStorePath(storeDir)
                .orElseThrow(() -> new FormatException("path '' is not in the store dir " + storeDir));
    }

    /** A store path in full, or an empty string. @throws FormatException if it is none of the store dir */
    public Optional<StorePath> optionalStorePath(StoreDir storeDir) throws IOException {
        String dir = storeDir.path();
        int length = length();
        if (length == 0) {
            return Optional.empty();
        }
        if (length > BUFFER - 8) {
            return Optional.of(storeDir.parse(longText(length)));
        }
        buffer.need(length + padOf(length));
        byte[] bytes = buffer.array();
        int start = buffer.position();
        buffer.use(length);
        padding(length);
        int base = dir.length() + 1;
        // Most of a large message is store paths: only their base names become objects.
        return Optional.of(
                startsWith(bytes, start, length, dir)
                        ? new StorePath(new String(bytes, start + base, length - base, StandardCharsets.ISO_8859_1))
                        : storeDir.parse(ByteText.decode(bytes, start, start + length)));
    }

    private static boolean startsWith(byte[] bytes, int start, int length, String dir) {
        if (length <= dir.length() || bytes[start + dir.length()] != '/') {
            return false;
        }
        for (int i = 0; i < dir.length(); i++) {
            if (bytes[start + i] != dir.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Store paths in full, in the order in which they come. */
    public Set<StorePath> storePaths(StoreDir storeDir) throws IOException {
        return set(in -> in.storePath(storeDir));
    }

    /** A hash of an algorithm, in base 16 or any other form, named or not. @throws FormatException if it is none */
    public Hash hash(HashAlgorithm algorithm) throws IOException {
        return Hash.parse(text(), algorithm);
    }

    /** A content address. @throws FormatException if it is none */
    public ContentAddress contentAddress() throws IOException {
        return ContentAddress.parse(text());
    }

    /** A content address, or an empty string. @throws FormatException if it is neither */
    public Optional<ContentAddress> optionalContentAddress() throws IOException {
        String text = text();
        return text.isEmpty() ? Optional.empty() : Optional.of(ContentAddress.parse(text));
    }

    /** Signatures. @throws FormatException if one is none */
    public NavigableSet<Signature> signatures() throws IOException {
        return new TreeSet<>(list(in -> Signature.parse(in.text())));
    }

    /** A count, and as many elements. */
    public <T> List<T> list(Element<T> element) throws IOException {
        long count = u64();
        List<T> list = new ArrayList<>();
        for (long i = 0; i != count; i++) {
            budget.elements(1);
            list.add(element.read(this));
        }
        return list;
    }

    /** A count, and as many elements, in the order in which they come. */
    public <T> Set<T> set(Element<T> element) throws IOException {
        return new LinkedHashSet<>(list(element));
    }

    /** A count, and as many keys with values; the last of a key counts. */
    public <K, V> Map<K, V> map(Element<K> key, Element<V> value) throws IOException {
        long count = u64();
        Map<K, V> map = new LinkedHashMap<>();
        for (long i = 0; i != count; i++) {
            budget.elements(2);
            K name = key.read(this);
            map.put(name, value.read(this));
        }
        return map;
    }

    /**
     * A string that is not kept: its length here, to be read from {@link #stream} and followed by {@link #padding}.
     *
     * @param most the greatest length that is allowed
     */
    public long streamedLength(long most) throws IOException {
        return number("the length of a string", most);
    }

    /** What follows a string of a length. @throws WireException if it is not zeros */
    public void padding(long length) throws IOException {
        int count = padOf(length);
        buffer.need(count);
        for (int i = 0; i < count; i++) {
            if (buffer.array()[buffer.position() + i] != 0) {
                throw new WireException("non-zero padding behind a string of " + length + " bytes");
            }
        }
        buffer.use(count);
    }

    private static int padOf(long length) {
        return (int) -length & 7;
    }

    private int length() throws IOException {
        long length = u64();
        budget.string(length);
        return (int) Math.min(length, Integer.MAX_VALUE - 16);
    }
}
