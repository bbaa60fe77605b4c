package dev.berth.bench.work;

import dev.berth.nix.ContentAddress;
import dev.berth.nix.ContentAddressMethod;
import dev.berth.nix.PathInfo;
import dev.berth.nix.StoreDir;
import dev.berth.nix.StorePath;
import dev.berth.nix.StorePaths;
import dev.berth.nix.nar.NarHasher;
import dev.berth.nix.nar.NarSource;
import dev.berth.store.local.LocalStore;
import dev.berth.store.local.LocalStoreConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A local store that holds one piece of work, and nothing else. Every path is content-addressed, so it needs no
 * signature and real Nix reads it, too.
 *
 * @param work what it holds
 * @param root the root of the store: its URI is {@code local?root=<root>}
 * @param roots the paths whose closures are the work
 */
public record WorkStore(Work work, Path root, List<StorePath> roots) {
    /** Changes whenever the same numbers give other work, so that old work is not mistaken for it. */
    private static final int VERSION = 1;

    /** Copies the list. */
    public WorkStore {
        roots = List.copyOf(roots);
    }

    /** Its URI, as Berth and Nix read it. */
    public String uri() {
        return "local?root=" + root;
    }

    /** The only or first root, as a full store path. */
    public String rootPath() {
        return StoreDir.DEFAULT.print(roots.getFirst());
    }

    /** Where the files of a path lie. */
    public Path realPath(StorePath path) {
        return root.resolve("nix/store").resolve(path.baseName());
    }

    /**
     * The first paths of a closure, as full store paths: they refer to nothing but each other.
     *
     * @param count 1 to {@link Work#NODES}
     */
    public List<String> first(int count) throws IOException {
        List<String> paths = new ArrayList<>();
        String before = "-" + work.label() + "-";
        try (var entries = Files.newDirectoryStream(root.resolve("nix/store"), "*" + before + "[0-9]*")) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (Integer.parseInt(name.substring(name.lastIndexOf(before) + before.length())) < count) {
                    paths.add(StoreDir.DEFAULT.print(new StorePath(name)));
                }
            }
        }
        return paths;
    }

    /** The work below a directory, which is made if it is not there yet. */
    public static WorkStore in(Path directory, Work work) throws IOException {
        Path home = directory.resolve("work").resolve(work.label() + "-" + VERSION);
        Path done = home.resolve("roots");
        if (!Files.exists(done)) {
            Files.createDirectories(home);
            List<StorePath> roots = new Maker(work, home).make();
            // Last: work that was not finished is continued the next time.
            Files.write(done, roots.stream().map(StorePath::baseName).toList());
        }
        return new WorkStore(
                work,
                home,
                Files.readAllLines(done).stream().map(StorePath::new).toList());
    }

    private record Maker(Work work, Path home) {
        List<StorePath> make() throws IOException {
            try (LocalStore store = LocalStore.open(LocalStoreConfig.root(home))) {
                return work.isClosure() ? closure(store) : List.of(add(store, 0, List.of()));
            }
        }

        private List<StorePath> closure(LocalStore store) throws IOException {
            Dag dag = work.dag();
            List<StorePath> nodes = new ArrayList<>(Work.NODES);
            for (int node = 0; node < Work.NODES; node++) {
                nodes.add(add(store, node, pick(nodes, dag.references().get(node))));
            }
            List<StorePath> tops = pick(nodes, dag.tops());
            List<StorePath> roots = new ArrayList<>();
            for (int number = 0; number < work.roots(); number++) {
                roots.add(add(store, "root-" + number, work.root(number, printed(tops)), tops));
            }
            return roots;
        }

        private StorePath add(LocalStore store, int node, List<StorePath> references) throws IOException {
            return add(store, Integer.toString(node), work.tree(node, names(node, references)), references);
        }

        // The bottom refers to nothing, but is a package like the others: its file "deps" names itself in words.
        private List<String> names(int node, List<StorePath> references) {
            return references.isEmpty() ? List.of(work.label() + "-" + node) : printed(references);
        }

        private StorePath add(LocalStore store, String name, NarSource tree, Collection<StorePath> references)
                throws IOException {
            NarHasher hasher = new NarHasher();
            tree.sendTo(hasher);
            ContentAddress address = new ContentAddress(ContentAddressMethod.NAR, hasher.hash());
            StorePath path = StorePaths.ofContentAddress(
                    store.storeDir(), work.label() + "-" + name, address, references, false);
            store.add(
                    PathInfo.of(path, address.hash(), hasher.size(), references).withCa(Optional.of(address)), tree);
            return path;
        }

        private static List<StorePath> pick(List<StorePath> nodes, Collection<Integer> numbers) {
            return numbers.stream().map(nodes::get).toList();
        }

        private static List<String> printed(Collection<StorePath> paths) {
            return paths.stream().map(StoreDir.DEFAULT::print).toList();
        }
    }
}
