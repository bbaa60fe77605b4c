package dev.berth.wire.worker;

import dev.berth.wire.RemoteException;
import dev.berth.wire.WireException;
import java.io.IOException;
import java.io.OutputStream;

/** Uploads piece by piece as the daemon asks for it, before 1.23. */
final class TunnelOutput extends OutputStream {
    private final ClientConnection connection;
    private boolean enough;

    TunnelOutput(ClientConnection connection) {
        this.connection = connection;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int sent = 0;
        while (sent < length && !enough) {
            switch (connection.hear(connection.timeouts().waitForWork())) {
                case Heard.Last _ -> enough = true;
                case Heard.Failed(RemoteException error) -> throw new DaemonErrorException(error);
                case Heard.Wanted(long wanted) -> {
                    if (wanted == 0) {
                        throw new WireException("the daemon asks for nothing of an upload");
                    }
                    int count = Long.compareUnsigned(wanted, length - sent) < 0 ? (int) wanted : length - sent;
                    connection.out().u64(count);
                    connection.out().stream().write(bytes, offset + sent, count);
                    connection.out().padding(count);
                    connection.out().flush();
                    sent += count;
                }
            }
        }
    }

    /** Waits for the daemon's last word. */
    TunnelOutput finish() throws IOException {
        if (!enough) {
            connection.await(connection.timeouts().waitForWork());
        }
        return this;
    }
}
