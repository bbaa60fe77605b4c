package dev.berth.nix.nar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.berth.nix.Hash;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.NixBase32;
import dev.berth.nix.StorePath;
import dev.berth.testing.RealNix;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Finding, replacing and hashing modulo the hash parts of store paths. */
final class ReferenceScannerTest {
    @TempDir
    Path directory;

    @Test
    void findsWhatASearchOfEachPositionFinds() {
        for (long seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            List<StorePath> candidates = paths(random, random.nextInt(1, 20));
            byte[] bytes = bytes(random, candidates);
            ReferenceScanner scanner = new ReferenceScanner(candidates);
            for (int done = 0; done < bytes.length; ) {
                int length = Math.min(bytes.length - done, random.nextInt(1, random.nextBoolean() ? 5 : 200));
                scanner.scan(bytes, done, length);
                done += length;
            }
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            Set<StorePath> expected = new TreeSet<>();
            candidates.stream().filter(path -> text.contains(path.hashPart())).forEach(expected::add);
            assertThat(scanner.found()).as("seed %d", seed).isEqualTo(expected);
        }
    }

    @Test
    void rewritesAsReplacingInTheWholeTextDoes() throws IOException {
        for (long seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            List<StorePath> paths = paths(random, 2);
            String from = paths.get(0).hashPart();
            String to = paths.get(1).hashPart();
            byte[] bytes = bytes(random, paths.subList(0, 1));
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            EventLog log = new EventLog();
            NarSink sink = new RewritingSink(Map.of(from, to), log);
            sink.startFile(false, bytes.length);
            for (int done = 0; done < bytes.length; ) {
                int length = Math.min(bytes.length - done, random.nextInt(1, random.nextBoolean() ? 5 : 40_000));
                sink.contents(bytes, done, length);
                done += length;
            }
            sink.endFile();
            assertThat(log.events().get(1)).as("seed %d", seed).isEqualTo("contents " + text.replace(from, to));
        }
    }

    @Test
    void hashesModuloAcrossTheBordersOfWhatIsWritten() throws IOException {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<StorePath> paths = paths(random, 1);
            String self = paths.getFirst().hashPart();
            byte[] bytes = bytes(random, paths);
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            StringBuilder positions = new StringBuilder();
            for (int at = text.indexOf(self); at >= 0; at = text.indexOf(self, at + 32)) {
                positions.append('|').append(at);
            }
            String zeroed = text.replace(self, "\0".repeat(32));
            ModuloHasher hasher = new ModuloHasher(HashAlgorithm.SHA256, self);
            for (int done = 0; done < bytes.length; ) {
                int length = Math.min(bytes.length - done, random.nextInt(1, random.nextBoolean() ? 5 : 40_000));
                hasher.write(bytes, done, length);
                done += length;
            }
            assertThat(hasher.size()).isEqualTo(bytes.length);
            ModuloHasher.Hashes hashes = hasher.hashes();
            assertThat(hashes.withoutPositions()).as("seed %d", seed).isEqualTo(sha256(zeroed));
            assertThat(hashes.withPositions()).as("seed %d", seed).isEqualTo(sha256(zeroed + positions));
        }
    }

    @Test
    void findsThemInNamesTargetsAndContentsOfATreeAsTheRealNixDoes() throws IOException {
        RealNix nix = new RealNix(directory);
        // Of four inputs one is named by a file's name, one by a link, one by contents; the fourth is torn in two.
        String input = "(n: builtins.toFile n n)";
        String out = nix.build(
                        "let a = " + input + " \"a\"; b = " + input + " \"b\"; c = " + input + " \"c\"; d = " + input
                                + " \"d\"; in derivation { name = \"refs\"; system = builtins.currentSystem; builder = \"/bin/sh\";"
                                + " inherit a b c d; args = [ \"-c\" ''/bin/sh -c \"mkdir $out; cd $out; echo hi > x$(basename $a);"
                                + " ln -s /z/$(basename $b) l; echo y$(basename $c) > c;"
                                + " echo $d | sed 's,store/\\(....\\),store/\\1 ,' > d\"'' ]; PATH = \"/bin\";}")
                .getFirst();
        String drv = nix.output("nix-store", "-q", "--deriver", out);
        List<StorePath> candidates = new ArrayList<>();
        nix.output("nix-store", "-q", "--references", drv)
                .lines()
                .forEach(path -> candidates.add(new StorePath(path.substring("/nix/store/".length()))));
        assertThat(candidates).hasSize(4);
        byte[] nar = nix.command("nix-store", "--dump", nix.real(out).toString())
                .succeed()
                .stdoutBytes();
        ReferenceScanner scanner = new ReferenceScanner(candidates);
        NarReader.whole(new ByteArrayInputStream(nar)).sendTo(scanner);
        Set<StorePath> theirs = new TreeSet<>();
        nix.output("nix-store", "-q", "--references", out)
                .lines()
                .forEach(path -> theirs.add(new StorePath(path.substring("/nix/store/".length()))));
        assertThat(scanner.found()).isEqualTo(theirs).hasSize(3);
    }

    @Test
    void hashesAPathThatHoldsItselfAsTheRealNixDoes() throws IOException {
        RealNix nix = new RealNix(directory);
        String plain = nix.build("derivation { name = \"self\"; system = builtins.currentSystem; builder = \"/bin/sh\";"
                        + " args = [ \"-c\" \"echo $out $out x > $out\" ]; }")
                .getFirst();
        String rewrites = nix.output("nix", "store", "make-content-addressed", "--json", plain);
        String out = rewrites.replaceFirst(".*:\"(/nix/store/[^\"]*)\".*", "$1");
        byte[] nar = nix.command("nix-store", "--dump", nix.real(out).toString())
                .succeed()
                .stdoutBytes();
        String info = nix.output("nix", "path-info", "--json", out);
        ModuloHasher.Hashes hashes = modulo(nar, out.substring(11, 43));
        assertThat(hashes.withPositions()).isNotEqualTo(hashes.withoutPositions());
        assertThat(List.of(
                        info.contains("\"fixed:r:" + hashes.withPositions().toNix32() + "\""),
                        info.contains("\"fixed:r:" + hashes.withoutPositions().toNix32() + "\"")))
                .as(info)
                .containsExactlyInAnyOrder(true, false);
    }

    @Test
    void knowsBothWaysThatNixHashesAPathThatHoldsItself() throws IOException {
        // nix-build -E 'derivation { name = "self"; system = "x86_64-linux"; builder = "/bin/sh";
        //   __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256";
        //   args = [ "-c" "echo $out $out x > $out" ]; }'; "ca" in the output of nix path-info --json.
        // Nix 2.8.0:
        assertThat(self("2y41m6pcisjk4z4fnjlzkwib0bh22syq").withPositions().toNix32())
                .isEqualTo("sha256:10ilibii8d0jwxx8p033ygx8cs8ddnyg5rgq3xavi0p3fvb2yz2p");
        // Nix 2.26.3:
        assertThat(self("l76vz56lhwm49ry8r4z8nfjhfd8jaai0").withoutPositions().toNix32())
                .isEqualTo("sha256:1mn7wn7k2irvz5i8kbh2cy7y7lwzsvlzsaj4zl0xxqangg9jj32l");
    }

    @Test
    void boundsThePositionsThatItKeeps() throws IOException {
        String self = "a".repeat(32);
        byte[] many = self.repeat(1 << 15).getBytes(StandardCharsets.US_ASCII);
        ModuloHasher hasher = new ModuloHasher(HashAlgorithm.SHA256, self);
        for (int i = 0; i < 32; i++) {
            hasher.write(many);
        }
        assertThatThrownBy(() -> hasher.write(many)).isInstanceOf(NarException.class);
    }

    private static ModuloHasher.Hashes self(String hashPart) throws IOException {
        ByteArrayOutputStream nar = new ByteArrayOutputStream();
        NarWriter writer = new NarWriter(nar);
        String path = "/nix/store/" + hashPart + "-self";
        byte[] contents = (path + " " + path + " x\n").getBytes(StandardCharsets.US_ASCII);
        writer.startFile(false, contents.length);
        writer.contents(contents, 0, contents.length);
        writer.endFile();
        return modulo(nar.toByteArray(), hashPart);
    }

    private static ModuloHasher.Hashes modulo(byte[] nar, String hashPart) throws IOException {
        ModuloHasher hasher = new ModuloHasher(HashAlgorithm.SHA256, hashPart);
        NarReader.whole(new ByteArrayInputStream(nar)).sendTo(new NarWriter(hasher));
        assertThat(hasher.size()).isEqualTo(nar.length);
        return hasher.hashes();
    }

    private static Hash sha256(String text) {
        return Hash.sha256(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static List<StorePath> paths(Random random, int count) {
        List<StorePath> paths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder part = new StringBuilder();
            // Few different digits, so that parts nearly match often.
            int digits = random.nextInt(3) == 0 ? 2 : 32;
            for (int j = 0; j < 32; j++) {
                part.append(NixBase32.ALPHABET.charAt(random.nextInt(digits)));
            }
            paths.add(new StorePath(part + "-x"));
        }
        return paths;
    }

    /** Noise, runs of digits, whole hash parts and parts of them. */
    private static byte[] bytes(Random random, List<StorePath> paths) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int pieces = random.nextInt(random.nextInt(10) == 0 ? 3000 : 30);
        for (int i = 0; i < pieces; i++) {
            byte[] part = paths.get(random.nextInt(paths.size())).hashPart().getBytes(StandardCharsets.US_ASCII);
            switch (random.nextInt(4)) {
                case 0 -> {
                    byte[] noise = new byte[random.nextInt(100)];
                    random.nextBytes(noise);
                    out.writeBytes(noise);
                }
                case 1 -> {
                    if (random.nextInt(4) == 0) {
                        out.writeBytes(part);
                    }
                }
                case 2 -> out.write(part, 0, random.nextInt(32));
                default -> {
                    for (int j = random.nextInt(60); j > 0; j--) {
                        out.write(NixBase32.ALPHABET.charAt(random.nextInt(2)));
                    }
                }
            }
        }
        return out.toByteArray();
    }
}
