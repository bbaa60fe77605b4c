package dev.berth.node.csi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.node.pods.StorePathMentions;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;

/** Finds the store paths that a pod's specification names, as callers send it that have it. */
final class PodSpec {
    private static final JsonFactory JSON = new JsonFactory();

    private final StorePathMentions mentions;

    PodSpec(StoreDir storeDir) {
        this.mentions = new StorePathMentions(storeDir);
    }

    /**
     * The store paths in the order of their first mention.
     *
     * @throws CsiException if it is not JSON; the message says where
     */
    Set<StorePath> storePaths(String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            return mentions.in(parser);
        } catch (JsonProcessingException e) {
            throw new CsiException(
                    Status.Code.INVALID_ARGUMENT,
                    "the attribute " + ContextKeys.POD_SPEC + " is not JSON" + place(e) + ": "
                            + e.getOriginalMessage().lines().findFirst().orElse(""),
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it is; a text that is nested too deeply comes without a place. */
    private static String place(JsonProcessingException e) {
        return e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
    }
}
