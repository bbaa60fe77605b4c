package dev.berth.gateway;

import dev.berth.store.local.LocalStoreConfig;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.Transport;
import dev.berth.wire.serve.ServeSession;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/** What {@code nix-store --serve} is, on a store of Berth: the arguments are the store's root and the command. */
final class ServeProgram {
    private ServeProgram() {}

    public static void main(String[] arguments) {
        boolean write = List.of(arguments).contains("--write");
        LocalStoreConfig config = LocalStoreConfig.root(Path.of(arguments[0]));
        int code;
        try (LocalService service = new LocalService(config, ServiceSettings.DEFAULT)) {
            code = ServeSession.serve(service, true, write, new Standard(), System.err, SessionLimits.DEFAULT);
        }
        System.exit(code);
    }

    private record Standard(InputStream in, OutputStream out) implements Transport {
        Standard() {
            this(new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out));
        }

        @Override
        public String peer() {
            return "the client";
        }

        @Override
        public void close() {
            // The program ends.
        }
    }
}
