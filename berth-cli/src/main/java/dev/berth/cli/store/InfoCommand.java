package dev.berth.cli.store;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.berth.cli.ConsoleProgress;
import dev.berth.nix.HashFormat;
import dev.berth.nix.PathInfo;
import dev.berth.nix.Signature;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.store.Store;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code berth store info}. */
@Command(
        name = "info",
        description = "Show what a store knows of paths: hash, size, references, signatures.",
        mixinStandardHelpOptions = true)
final class InfoCommand implements Callable<Integer> {
    @Mixin
    private StoreOption store = new StoreOption();

    @Option(
            names = {"--recursive", "-r"},
            description = "Also of everything that the paths refer to.")
    private boolean recursive;

    @Option(
            names = "--json",
            description = "Print an array of objects, with the names that 'nix path-info --json' uses.")
    private boolean json;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "Full store paths.")
    private List<String> paths = List.of();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (Store opened = store.open()) {
            StoreDir storeDir = opened.storeDir();
            List<PathInfo> infos = PathSelection.infos(opened, StoreOption.paths(storeDir, paths), recursive);
            if (json) {
                Json.stream(spec, out -> {
                    out.writeStartArray();
                    for (PathInfo info : infos) {
                        write(out, storeDir, info);
                    }
                    out.writeEndArray();
                });
            } else {
                infos.forEach(info -> show(spec.commandLine().getOut(), storeDir, info));
            }
        }
        return 0;
    }

    private static void show(PrintWriter out, StoreDir storeDir, PathInfo info) {
        out.println(storeDir.print(info.path()));
        out.println("  NAR         " + info.narHash() + ", " + info.narSize() + " bytes ("
                + ConsoleProgress.bytes(info.narSize()) + ")");
        if (info.registrationTime().getEpochSecond() > 0) {
            out.println("  registered  " + info.registrationTime());
        }
        info.deriver().ifPresent(deriver -> out.println("  deriver     " + storeDir.print(deriver)));
        info.ca().ifPresent(address -> out.println("  content     " + address));
        if (info.ultimate()) {
            out.println("  trusted     built here");
        }
        for (Signature signature : info.signatures()) {
            out.println("  signature   " + signature);
        }
        for (StorePath reference : info.references()) {
            out.println("  reference   " + storeDir.print(reference));
        }
    }

    private static void write(JsonGenerator json, StoreDir storeDir, PathInfo info) throws IOException {
        json.writeStartObject();
        json.writeStringField("path", storeDir.print(info.path()));
        json.writeStringField("narHash", info.narHash().format(HashFormat.SRI, true));
        json.writeNumberField("narSize", info.narSize());
        json.writeArrayFieldStart("references");
        for (StorePath reference : info.references()) {
            json.writeString(storeDir.print(reference));
        }
        json.writeEndArray();
        if (info.deriver().isPresent()) {
            json.writeStringField("deriver", storeDir.print(info.deriver().get()));
        }
        if (info.ca().isPresent()) {
            json.writeStringField("ca", info.ca().get().print());
        }
        json.writeNumberField("registrationTime", info.registrationTime().getEpochSecond());
        json.writeBooleanField("ultimate", info.ultimate());
        json.writeArrayFieldStart("signatures");
        for (Signature signature : info.signatures()) {
            json.writeString(signature.print());
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
