package dev.berth.cli.store;

import dev.berth.nix.PublicKey;
import dev.berth.nix.SecretKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth store keys}. */
@Command(
        name = "keys",
        description = "Make keys for signing paths, in Nix's form.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
final class KeysCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? See 'berth store keys --help'");
    }

    @Command(
            name = "generate",
            description = "Make a secret key in a file of mode 0600 and print its public key.",
            mixinStandardHelpOptions = true)
    void generate(
            @Parameters(paramLabel = "NAME", description = "The key's name, such as cache.example.org-1.") String name,
            @Option(
                            names = "--secret-key-file",
                            required = true,
                            paramLabel = "FILE",
                            description = "Where the secret key goes; the file must not exist.")
                    Path file,
            @Option(names = "--json", description = "Print the public key as JSON.") boolean json) {
        SecretKey key = SecretKey.generate(name);
        try (var channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            var bytes = java.nio.ByteBuffer.wrap((key.print() + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (FileAlreadyExistsException e) {
            throw new ParameterException(
                    spec.commandLine(), file + " exists already: a key is never overwritten, choose another file", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        show(key.publicKey(), json);
    }

    @Command(name = "public", description = "Print the public key of a secret key.", mixinStandardHelpOptions = true)
    void publicKey(
            @Parameters(paramLabel = "FILE", description = "The file with the secret key.") Path file,
            @Option(names = "--json", description = "Print the public key as JSON.") boolean json) {
        try {
            show(new KeyFile(file).read().publicKey(), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void show(PublicKey key, boolean json) {
        if (json) {
            Json.print(spec, object -> object.put("name", key.name()).put("publicKey", key.print()));
        } else {
            spec.commandLine().getOut().println(key.print());
        }
    }
}
