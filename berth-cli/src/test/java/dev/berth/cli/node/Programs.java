package dev.berth.cli.node;

import dev.berth.node.NodeConfig;
import dev.berth.testing.RealNix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Closures of programs that run without anything else in their image, built and signed by the real Nix. */
final class Programs {
    private final RealNix nix;
    private final Path secretKey;
    private final String publicKey;

    /** @param dir an existing directory of the test */
    Programs(Path dir) {
        this.nix = new RealNix(dir);
        this.secretKey = dir.resolve("secret-key");
        Path publicFile = dir.resolve("public-key");
        nix.output(
                "nix-store", "--generate-binary-cache-key", "cluster-1", secretKey.toString(), publicFile.toString());
        try {
            this.publicKey = Files.readString(publicFile).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The store that has them, as a URI. */
    String uri() {
        return nix.uri();
    }

    /** The key that signs them, {@code NAME:BASE64}. */
    String publicKey() {
        return publicKey;
    }

    /**
     * A closure of two paths: {@code bin/hello} says {@code hello NAME}, {@code share/name} has the name, and
     * {@code bin} has a shell with its programs.
     *
     * @return its root
     */
    String hello(String name) {
        return signed(nix.build(expression(name)).getFirst());
    }

    /** As {@link #hello}, but signed by nobody. */
    String unsigned(String name) {
        return nix.build(expression(name)).getFirst();
    }

    /** The expression that {@link #hello} builds. */
    static String expression(String name) {
        return """
                let
                  make = name: script: derivation {
                    inherit name; system = "%1$s"; builder = "/bin/sh"; args = [ "-c" script ];
                  };
                  tools = make "tools" ''
                    mkdir -p $out/bin; cp /bin/sh $out/bin/busybox
                    for name in sh cat ls echo sleep head mkdir touch mount; do ln -s busybox $out/bin/$name; done
                  '';
                in make "hello-%2$s" ''
                  mkdir -p $out/bin $out/share
                  echo %2$s > $out/share/name
                  { echo "#!${tools}/bin/sh"; echo "echo hello %2$s"; } > $out/bin/hello
                  chmod +x $out/bin/hello
                  for name in ${tools}/bin/*; do ln -s $name $out/bin/; done
                ''
                """.formatted(NodeConfig.thisSystem(), name);
    }

    /** As {@link #hello}, with so many MiB of random data that fetching it takes a while, also twice. */
    String large(String name, int mebibytes) {
        String data = "; dd if=/dev/urandom of=$out/share/data bs=1M count=" + mebibytes;
        return signed(nix.build(expression(name).replace("> $out/share/name", "> $out/share/name" + data))
                .getFirst());
    }

    /** Copies the closure of a path to a binary cache of files. */
    void copyTo(Path cache, String path) {
        nix.output("nix", "copy", "--to", "file://" + cache + "?compression=none", path);
    }

    private String signed(String path) {
        nix.output("nix", "store", "sign", "--recursive", "--key-file", secretKey.toString(), path);
        return path;
    }
}
