package dev.berth.gateway.http;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Nix 2.8. */
final class OldNixClientTest extends NixClientContract {
    OldNixClientTest() throws IOException {}

    @Override
    List<String> before(Map<String, String> environment) {
        return List.of();
    }
}
