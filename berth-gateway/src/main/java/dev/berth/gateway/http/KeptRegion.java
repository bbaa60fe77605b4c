package dev.berth.gateway.http;

import dev.berth.gateway.KeptNar;
import io.netty.channel.DefaultFileRegion;

/** A NAR that is kept, for the kernel to send; closed with the last reference. */
final class KeptRegion extends DefaultFileRegion {
    private final KeptNar nar;

    KeptRegion(KeptNar nar) {
        super(nar.channel(), nar.offset(), nar.length());
        this.nar = nar;
    }

    @Override
    protected void deallocate() {
        nar.close();
    }
}
