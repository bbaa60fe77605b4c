package dev.berth.cli.store;

import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import dev.berth.store.StoreException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth store ls}. */
@Command(
        name = "ls",
        description = "Print the valid paths of a store; or, with a path, the files at or below it.",
        mixinStandardHelpOptions = true)
final class LsCommand implements Callable<Integer> {
    @Mixin
    private StoreOption store = new StoreOption();

    @Option(
            names = {"--recursive", "-R"},
            description = "Go into directories.")
    private boolean recursive;

    @Option(
            names = {"--long", "-l"},
            description = "Print types, sizes and targets of links.")
    private boolean details;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Parameters(paramLabel = "PATH", arity = "0..1", description = "A path at or below a store path.")
    private Optional<String> path = Optional.empty();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (Store opened = store.open()) {
            if (path.isPresent()) {
                files(opened, opened.storeDir().parseSubPath(path.get()));
            } else {
                paths(opened);
            }
        }
        return 0;
    }

    private void paths(Store opened) {
        List<StorePath> all = PathSelection.everything(opened).stream().sorted().toList();
        if (json) {
            Json.stream(spec, out -> {
                out.writeStartArray();
                for (StorePath each : all) {
                    out.writeString(opened.storeDir().print(each));
                }
                out.writeEndArray();
            });
        } else {
            all.forEach(each ->
                    spec.commandLine().getOut().println(opened.storeDir().print(each)));
        }
    }

    private void files(Store opened, StoreDir.SubPath wanted) {
        if (opened.pathInfo(wanted.storePath()).isEmpty()) {
            throw new StoreException(
                    StoreException.Kind.ABSENT,
                    "path " + opened.storeDir().print(wanted.storePath()) + " is not in " + opened.uri());
        }
        var found = new FileLister(wanted.rest(), recursive);
        opened.nar(wanted.storePath(), found);
        if (found.entries().isEmpty()) {
            throw new StoreException(
                    StoreException.Kind.ABSENT, "there is no file " + path.orElseThrow() + " in " + opened.uri());
        }
        if (json) {
            Json.stream(spec, out -> {
                out.writeStartArray();
                for (FileLister.Entry entry : found.entries()) {
                    out.writeStartObject();
                    out.writeStringField("name", entry.name());
                    out.writeStringField("type", entry.type().json());
                    if (entry.size() >= 0) {
                        out.writeNumberField("size", entry.size());
                        out.writeBooleanField("executable", entry.type() == FileLister.Type.EXECUTABLE);
                    }
                    if (entry.type() == FileLister.Type.SYMLINK) {
                        out.writeStringField("target", entry.target());
                    }
                    out.writeEndObject();
                }
                out.writeEndArray();
            });
            return;
        }
        for (FileLister.Entry entry : found.entries()) {
            spec.commandLine().getOut().println(details ? entry.details() : entry.name());
        }
    }
}
