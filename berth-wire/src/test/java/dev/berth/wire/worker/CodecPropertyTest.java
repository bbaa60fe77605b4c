package dev.berth.wire.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.Derivation;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.testing.Seed;
import dev.berth.wire.BasicDerivationCodec;
import dev.berth.wire.RemoteException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is written is read as it was, however the bytes come. A failure names its seed. */
final class CodecPropertyTest {
    private static final int RUNS = 40;

    @FunctionalInterface
    private interface Property {
        void holds(Dialect dialect, Any any) throws IOException;
    }

    private static void always(Property property) {
        long first = Seed.first();
        for (long seed = first; seed < first + RUNS; seed++) {
            for (Dialect dialect : Conversation.dialects()) {
                try {
                    property.holds(dialect, new Any(seed));
                } catch (AssertionError | IOException | RuntimeException e) {
                    throw new AssertionError("failed with seed " + seed + " at " + dialect, e);
                }
            }
        }
    }

    private static <T> T roundTrip(Any any, T value, WireOutput.Element<T> writer, WireInput.Element<T> reader)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireOutput out = new WireOutput(bytes);
        // At any place in the buffers.
        int before = any.below(70_000);
        out.stream().write(new byte[before]);
        writer.write(out, value);
        out.flush();
        WireInput in = new WireInput(
                new ByteArrayInputStream(bytes.toByteArray()) {
                    @Override
                    public synchronized int read(byte[] to, int offset, int length) {
                        return super.read(to, offset, Math.min(length, 1 + any.below(5000)));
                    }
                },
                64 << 20);
        in.stream().skipNBytes(before);
        T read = reader.read(in);
        assertThat(in.atEnd()).isTrue();
        assertThat(bytes.size() % 8).isEqualTo(before % 8);
        return read;
    }

    private static <T> void holds(Any any, T value, WireOutput.Element<T> writer, WireInput.Element<T> reader)
            throws IOException {
        assertThat(roundTrip(any, value, writer, reader)).isEqualTo(value);
    }

    @Test
    void primitives() {
        always((dialect, any) -> {
            holds(any, any.text().repeat(1 + any.below(2) * 10_000), WireOutput::text, WireInput::text);
            byte[] bytes = any.bytes(any.below(200_000));
            assertThat(roundTrip(any, bytes, WireOutput::bytes, WireInput::bytes))
                    .isEqualTo(bytes);
            holds(any, any.number(), WireOutput::u64, WireInput::u64);
            holds(any, any.some(10, any::text), WireOutput::texts, in -> in.list(WireInput::text));
            holds(
                    any,
                    any.maybe(any::contentAddress),
                    WireOutput::optionalContentAddress,
                    WireInput::optionalContentAddress);
        });
    }

    @Test
    void storePathsOfAnyStoreDir() {
        always((dialect, any) -> {
            StoreDir dir =
                    any.coin() ? StoreDir.DEFAULT : new StoreDir("/tmp/\u00e9 x/" + "d".repeat(1 + any.below(100)));
            StorePath path = any.path();
            holds(any, path, (out, each) -> out.storePath(dir, each), in -> in.storePath(dir));
            holds(
                    any,
                    any.maybe(any::path),
                    (out, each) -> out.optionalStorePath(dir, each),
                    in -> in.optionalStorePath(dir));
            holds(any, any.paths(), (out, each) -> out.storePaths(dir, each), in -> in.storePaths(dir));
        });
    }

    @Test
    void records() {
        always((dialect, any) -> {
            PathInfoCodec infos = PathInfoCodec.of(dialect);
            holds(any, any.pathInfo(), infos::write, infos::read);
            holds(
                    any,
                    any.derivedPath(dialect),
                    (out, path) -> DerivedPathCodec.write(out, dialect, path),
                    in -> DerivedPathCodec.read(in, dialect));
            Optional<StorePath> drv = any.maybe(any::drvPath);
            holds(
                    any,
                    any.buildResult(dialect, drv),
                    (out, result) -> BuildResultCodec.write(out, dialect, result),
                    in -> BuildResultCodec.read(in, dialect, drv));
            holds(
                    any,
                    any.keyed(dialect),
                    (out, result) -> BuildResultCodec.writeKeyed(out, dialect, result),
                    in -> BuildResultCodec.readKeyed(in, dialect));
            holds(
                    any,
                    any.realisation(dialect),
                    (out, realisation) -> RealisationCodec.write(out, dialect, realisation),
                    in -> RealisationCodec.read(in, dialect));
            holds(any, any.settings(), RequestCodec::writeSettings, RequestCodec::readSettings);
            StoreDir dir = dialect.storeDir();
            holds(
                    any,
                    any.gcRequest(),
                    (out, request) -> RequestCodec.writeGc(out, dir, request),
                    in -> RequestCodec.readGc(in, dir));
            holds(any, any.gcOutcome(), RequestCodec::writeOutcome, RequestCodec::readOutcome);
            holds(
                    any,
                    any.missing(),
                    (out, missing) -> RequestCodec.writeMissing(out, dir, missing),
                    in -> RequestCodec.readMissing(in, dir));
            holds(
                    any,
                    any.substitutable(),
                    (out, info) -> RequestCodec.writeSubstitutable(out, dir, info),
                    in -> RequestCodec.readSubstitutable(in, dir));
            holds(
                    any,
                    any.roots(),
                    (out, roots) -> RequestCodec.writeRoots(out, dir, roots),
                    in -> RequestCodec.readRoots(in, dir));
            Derivation derivation = any.derivation(false);
            holds(
                    any,
                    derivation,
                    (out, each) -> BasicDerivationCodec.write(out, dir, each),
                    in -> BasicDerivationCodec.read(in, dir, derivation.name()));
        });
    }

    @Test
    void wordsOfTheDaemon() {
        always((dialect, any) -> {
            var event = any.logEvent();
            assertThat(Any.shown(roundTrip(any, event, LogCodec::write, in -> LogCodec.read(in, in.u64()))))
                    .isEqualTo(Any.shown(event));
            RemoteException error = new RemoteException(any.text() + "!", any.below(8), any.some(3, any::text), false);
            RemoteException read = roundTrip(
                    any,
                    error,
                    (out, each) -> ErrorCodec.write(out, dialect, each),
                    in -> ErrorCodec.read(in, dialect));
            assertThat(read.getMessage()).isEqualTo(error.getMessage());
            assertThat(read.traces()).isEqualTo(dialect.atLeast(26) ? error.traces() : read.traces());
        });
    }
}
