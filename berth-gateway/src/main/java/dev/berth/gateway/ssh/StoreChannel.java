package dev.berth.gateway.ssh;

import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.channel.ChannelSession;

/** A session channel whose window comes from a budget, and which keeps no environment: nothing here has one. */
final class StoreChannel extends ChannelSession {
    StoreChannel(WindowBudget budget) {
        int size = budget.take();
        CoreModuleProperties.WINDOW_SIZE.set(this, (long) size);
        addCloseFutureListener(closed -> budget.giveBack(size));
    }

    @Override
    protected RequestHandler.Result handleEnvParsed(String name, String value) {
        return RequestHandler.Result.ReplySuccess;
    }
}
