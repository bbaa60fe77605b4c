package dev.berth.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.HashAlgorithm;
import dev.berth.nix.PathInfo;
import dev.berth.nix.nar.GitHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.wire.StoreOperations;
import java.io.ByteArrayInputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A local store with no wire between. */
final class LocalServiceTest extends LocalContract {
    @Override
    StoreOperations open(boolean trusted) {
        return service().open(trusted, said::add);
    }

    @Test
    void addsByTheNamesThatGitGives() throws Exception {
        for (int size : new int[] {10, 300_000}) {
            NarSource tree = Things.tree(Things.random(size, size));
            GitHasher hasher = new GitHasher(HashAlgorithm.SHA1);
            tree.sendTo(hasher);
            try (StoreOperations session = open(false)) {
                PathInfo info = session.addToStore(
                        "git",
                        ContentAddressMethod.GIT,
                        HashAlgorithm.SHA1,
                        List.of(),
                        false,
                        new ByteArrayInputStream(Things.nar(tree)));
                assertThat(info.ca().orElseThrow().hash()).isEqualTo(hasher.hash());
                assertThat(session.verifyStore(true, false)).isFalse();
            }
        }
    }
}
