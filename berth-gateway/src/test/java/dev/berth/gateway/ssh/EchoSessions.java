package dev.berth.gateway.ssh;

import dev.berth.gateway.Role;
import dev.berth.gateway.Sessions;
import dev.berth.wire.Transport;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Sends back what it gets; the other protocol says who asked for it. */
final class EchoSessions implements Sessions {
    @Override
    public void worker(Role role, Transport transport) {
        try (transport) {
            byte[] buffer = new byte[64 << 10];
            for (int n = transport.in().read(buffer); n >= 0; n = transport.in().read(buffer)) {
                transport.out().write(buffer, 0, n);
                if (transport.in().available() == 0) {
                    transport.out().flush();
                }
            }
            transport.out().flush();
        } catch (IOException e) {
            // The client went away: sessions do not throw for that.
            return;
        }
    }

    @Override
    public int serve(Role role, boolean write, Transport transport, OutputStream errors) {
        try (transport) {
            transport.out().write((role + (write ? " writes" : " reads") + "\n").getBytes(StandardCharsets.UTF_8));
            transport.out().flush();
            return 3;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void refuse(Transport transport, String reason) {
        transport.close();
    }
}
