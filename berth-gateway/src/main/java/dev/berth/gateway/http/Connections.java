package dev.berth.gateway.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a connection one that speaks HTTP/1.1 or HTTP/2, with TLS or without. Event loop. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends the connection, of which its handlers hear
final class Connections extends ChannelInitializer<SocketChannel> {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final int STREAMS = 128;
    private static final int CHUNK = 64 << 10;
    // Method, version and spaces around a target, in the longest line that is read at all.
    private static final int AROUND = 64;
    private static final byte[] FULL = """
            HTTP/1.1 503 Service Unavailable\r
            retry-after: 1\r
            connection: close\r
            content-type: text/plain; charset=utf-8\r
            content-length: 21\r
            \r
            too many connections
            """.getBytes(StandardCharsets.US_ASCII);

    private final Traffic traffic;
    private final Optional<ServerKey> key;
    private final ChannelGroup open;

    Connections(Traffic traffic, Optional<ServerKey> key, ChannelGroup open) {
        this.traffic = traffic;
        this.key = key;
        this.open = open;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
        open.add(channel);
        if (!traffic.admitted()) {
            LOG.warn("too many connections: {} are open", traffic.limits().connections());
            channel.config().setAutoRead(false);
            if (key.isPresent()) {
                channel.close();
            } else {
                channel.writeAndFlush(Unpooled.wrappedBuffer(FULL)).addListener(ChannelFutureListener.CLOSE);
            }
            return;
        }
        channel.closeFuture().addListener(_ -> traffic.left());
        if (key.isEmpty()) {
            channel.pipeline().addLast(new ProtocolChoice(traffic, channel, this));
        } else {
            SslHandler tls = key.get().context().newHandler(channel.alloc());
            tls.setHandshakeTimeout(traffic.limits().headTime().toMillis(), TimeUnit.MILLISECONDS);
            channel.pipeline().addLast(tls, new Negotiated(this));
        }
    }

    private static final class Negotiated extends ApplicationProtocolNegotiationHandler {
        private final Connections connections;

        Negotiated(Connections connections) {
            super(ApplicationProtocolNames.HTTP_1_1);
            this.connections = connections;
        }

        @Override
        protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
            if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                connections.speakHttp2(ctx.channel(), true);
            } else {
                connections.speakHttp1(ctx.channel(), true);
            }
        }

        @Override
        protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
            LOG.debug("{}: no TLS: {}", ctx.channel().remoteAddress(), cause.toString());
            ctx.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LOG.debug("{}: {}", ctx.channel().remoteAddress(), cause.toString());
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.warn("a connection could not be set up: {}", cause.toString());
        ctx.close();
    }

    void speakHttp1(Channel channel, boolean secure) {
        channel.config().setAutoRead(false);
        Conversation conversation = new Conversation(traffic, channel, false, secure);
        channel.pipeline().addLast(new Heads(traffic.limits(), conversation), new HttpResponseEncoder(), conversation);
        channel.read();
    }

    /** Says when bytes come, so that a head has a deadline from its first one. */
    private static final class Heads extends HttpRequestDecoder {
        private final Conversation conversation;

        Heads(HttpConfig.Limits limits, Conversation conversation) {
            super(new HttpDecoderConfig()
                    .setMaxInitialLineLength(limits.target() + AROUND)
                    .setMaxHeaderSize(limits.head())
                    .setMaxChunkSize(CHUNK));
            this.conversation = conversation;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            conversation.bytesCame();
            super.channelRead(ctx, message);
        }
    }

    void speakHttp2(Channel channel, boolean secure) {
        Http2Connection connection = new Http2Connection(traffic, channel);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(
                Http2FrameCodecBuilder.forServer()
                        .initialSettings(Http2Settings.defaultSettings()
                                .maxConcurrentStreams(STREAMS)
                                .maxHeaderListSize(traffic.limits().head()
                                        + traffic.limits().target()))
                        .gracefulShutdownTimeoutMillis(0)
                        .build(),
                new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.config().setAutoRead(false);
                        connection.opened();
                        stream.closeFuture().addListener(_ -> connection.closed());
                        stream.pipeline()
                                .addLast(
                                        new Http2StreamFrameToHttpObjectCodec(true),
                                        new Conversation(traffic, stream, true, secure));
                        stream.read();
                    }
                }),
                connection);
    }
}
