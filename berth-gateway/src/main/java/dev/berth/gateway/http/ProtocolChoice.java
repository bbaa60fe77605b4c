package dev.berth.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Finds by the first bytes of a connection without TLS whether they are HTTP/2 (RFC 9113, 3.3 and 3.4). Event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends the connection, of which its handlers hear
final class ProtocolChoice extends ByteToMessageDecoder implements Watched {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Traffic traffic;
    private final Channel channel;
    private final Connections connections;
    private final long deadline;

    ProtocolChoice(Traffic traffic, Channel channel, Connections connections) {
        this.traffic = traffic;
        this.channel = channel;
        this.connections = connections;
        this.deadline = System.nanoTime() + traffic.limits().headTime().toNanos();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        traffic.watch(this);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        traffic.unwatch(this);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        int known = Math.min(in.readableBytes(), PREFACE.length);
        for (int i = 0; i < known; i++) {
            if (in.getByte(in.readerIndex() + i) != PREFACE[i]) {
                chosen();
                connections.speakHttp1(channel, false);
                ctx.pipeline().remove(this);
                return;
            }
        }
        if (known == PREFACE.length) {
            chosen();
            connections.speakHttp2(channel, false);
            ctx.pipeline().remove(this);
        }
    }

    /** From now on others watch the connection: what has come is passed on before this is removed. */
    private void chosen() {
        traffic.unwatch(this);
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public void expire() {
        channel.close();
    }

    @Override
    public void stop() {
        channel.close();
    }
}
