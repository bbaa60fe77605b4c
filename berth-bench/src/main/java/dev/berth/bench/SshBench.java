package dev.berth.bench;

import dev.berth.bench.work.Work;
import dev.berth.bench.work.WorkStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/**
 * A store served over SSH ({@code ssh-ng://}) by Berth, and by OpenSSH with nix-daemon: copies to it and from it, queries, and
 * a crowd that logs in at once. The served stores lie in memory and are emptied between the runs, as for {@link DaemonBench}.
 */
final class SshBench {
    private static final String AES_GCM = "aes128-gcm@openssh.com";
    private static final String CHACHA20 = "chacha20-poly1305@openssh.com";
    private static final String SSHD = "sshd with nix-daemon";
    private static final String NIX_TO_BERTH = "nix → Berth";
    private static final String BERTH_TO_BERTH = "Berth → Berth";
    private static final String BERTH_FROM_SSHD = "Berth from sshd";
    private static final int CROWD = 200;
    /** What a client of the worker protocol says first: 0x6e697863 as a number of 64 bits, little-endian. */
    private static final byte[] CLIENT_MAGIC = {'c', 'x', 'i', 'n', 0, 0, 0, 0};

    private final Bench bench;
    private final NixPeer peer;
    private final Path memory;

    SshBench(Bench bench) throws IOException {
        this.bench = bench;
        this.peer = bench.peers().getFirst();
        this.memory = Files.createTempDirectory(Path.of("/dev/shm"), "berth-bench-");
    }

    void run() throws IOException, InterruptedException {
        try (SshServer sshd = SshServer.openSsh(peer, Files.createDirectory(memory.resolve("sshd")));
                SshServer berth = SshServer.berth(bench, Files.createDirectory(memory.resolve("berth")))) {
            for (Work work : List.of(Work.BIG, Work.TREE, Work.SMALL)) {
                WorkStore store = bench.work(work);
                bench.warm(store.root());
                push(store, sshd, berth, AES_GCM);
                if (work == Work.BIG) {
                    push(store, sshd, berth, CHACHA20);
                }
                if (work != Work.TREE) {
                    pull(store, sshd, berth);
                }
                if (work == Work.SMALL) {
                    query(store, sshd, berth);
                }
            }
            peer.verify("local?root=" + berth.root());
            crowd("OpenSSH with nix-daemon", sshd);
            crowd("Berth", berth);
        } finally {
            Program.of("rm", "-rf", "--one-file-system", memory.toString()).run();
        }
    }

    private void push(WorkStore work, SshServer sshd, SshServer berth, String cipher)
            throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " to ssh-ng, " + cipher.replaceAll("[@-].*", "");
        Contest contest = new Contest()
                .add(SSHD, run -> pushed(sshd, byNix(sshd, cipher, work, work.uri(), sshd.uri())))
                .add(NIX_TO_BERTH, run -> pushed(berth, byNix(berth, cipher, work, work.uri(), berth.uri())))
                .add(BERTH_TO_BERTH, run -> pushed(berth, byBerth(berth, cipher, work, work.uri(), berth.uri())))
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        double speedUp = cipher.equals(AES_GCM) ? 1.2 : 0.9;
        for (String who : List.of(NIX_TO_BERTH, BERTH_TO_BERTH)) {
            compare(what + ", " + who, contest, who, OptionalDouble.of(1 / speedUp));
        }
    }

    private void compare(String what, Contest contest, String who, OptionalDouble target) {
        bench.report().compare(what, contest.of(who), SSHD, contest.of(SSHD), target);
    }

    /** Copies into a server that has been emptied. */
    private Duration pushed(SshServer server, Program copy) throws IOException, InterruptedException {
        nix(server, AES_GCM)
                .program("nix-store", "--gc", "--store", server.uri())
                .run();
        return copy.run();
    }

    /** Nix makes a connection a path here, so that one run of it takes minutes for many small paths. */
    private void pull(WorkStore work, SshServer sshd, SshServer berth) throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " from ssh-ng";
        byNix(sshd, AES_GCM, work, work.uri(), sshd.uri()).run();
        byNix(berth, AES_GCM, work, work.uri(), berth.uri()).run();
        Contest contest = new Contest()
                .add(SSHD, run -> pulled(to -> byNix(sshd, AES_GCM, work, sshd.uri(), to)))
                .add(BERTH_FROM_SSHD, run -> pulled(to -> byBerth(sshd, AES_GCM, work, sshd.uri(), to)))
                .add(BERTH_TO_BERTH, run -> pulled(to -> byBerth(berth, AES_GCM, work, berth.uri(), to)))
                .run(work.work() == Work.SMALL ? 1 : bench.runs(), what, bench.log());
        OptionalDouble target = work.work() == Work.SMALL ? OptionalDouble.of(1 / 50.0) : OptionalDouble.empty();
        for (String who : List.of(BERTH_FROM_SSHD, BERTH_TO_BERTH)) {
            compare(what + ", " + who, contest, who, target);
        }
    }

    @FunctionalInterface
    private interface Pull {
        Program to(String uri);
    }

    private Duration pulled(Pull pull) throws IOException, InterruptedException {
        Path to = Files.createTempDirectory(memory, "to-");
        Duration time = pull.to("local?root=" + to).run();
        Program.of("rm", "-rf", "--one-file-system", to.toString()).run();
        return time;
    }

    private void query(WorkStore work, SshServer sshd, SshServer berth) throws IOException, InterruptedException {
        String what = "path-info -r of 2,000 paths over ssh-ng";
        Contest contest = new Contest()
                .add(SSHD, run -> pathInfo(sshd, work).run())
                .add(NIX_TO_BERTH, run -> pathInfo(berth, work).run())
                .add(
                        BERTH_TO_BERTH,
                        run -> berth(
                                        berth,
                                        AES_GCM,
                                        "store",
                                        "info",
                                        "--recursive",
                                        "--json",
                                        "--store",
                                        berth.uri(),
                                        work.rootPath())
                                .run())
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        for (String who : List.of(NIX_TO_BERTH, BERTH_TO_BERTH)) {
            compare(what + ", " + who, contest, who, OptionalDouble.of(0.5));
        }
    }

    private Program pathInfo(SshServer server, WorkStore work) {
        return nix(server, AES_GCM)
                .program(
                        "nix",
                        "--extra-experimental-features",
                        "nix-command",
                        "path-info",
                        "--recursive",
                        "--json",
                        "--store",
                        server.uri(),
                        work.rootPath());
    }

    private NixPeer nix(SshServer server, String cipher) {
        return peer.with(server.environment(cipher));
    }

    private Program byNix(SshServer server, String cipher, WorkStore work, String from, String to) {
        return nix(server, cipher).copy(from, to, work.rootPath());
    }

    private Program byBerth(SshServer server, String cipher, WorkStore work, String from, String to) {
        return berth(server, cipher, "store", "copy", "--no-check-sigs", "--from", from, "--to", to, work.rootPath());
    }

    private Program berth(SshServer server, String cipher, String... arguments) {
        List<String> prefix = new ArrayList<>(server.environment(cipher));
        prefix.addAll(bench.berth().arguments());
        return Program.of(prefix, arguments);
    }

    /** Many log in at once, each with a program of its own, ask for the daemon and leave when all are there. */
    private void crowd(String who, SshServer server) throws IOException, InterruptedException {
        List<Process> clients = new ArrayList<>();
        try {
            long start = System.nanoTime();
            for (int number = 0; number < CROWD; number++) {
                List<String> line = new ArrayList<>(List.of("ssh"));
                line.addAll(server.options(AES_GCM));
                line.addAll(List.of("root@127.0.0.1", server.command()));
                clients.add(new ProcessBuilder(line)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start());
            }
            int in = 0;
            for (Process client : clients) {
                in += greeted(client) ? 1 : 0;
            }
            Duration time = Duration.ofNanos(System.nanoTime() - start);
            bench.report()
                    .figure(
                            CROWD + " SSH logins at once, " + who,
                            "%d refused, %s, %.0f/s, %.0f MiB"
                                    .formatted(
                                            CROWD - in,
                                            Samples.seconds(time),
                                            in / (time.toNanos() / 1e9),
                                            server.residentMebibytes()),
                            "");
        } finally {
            for (Process client : clients) {
                client.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
        }
    }

    /** Says the worker protocol's first word and waits for the answer. */
    private static boolean greeted(Process client) throws IOException {
        try {
            client.getOutputStream().write(CLIENT_MAGIC);
            client.getOutputStream().flush();
        } catch (IOException e) {
            return false; // it has been sent away
        }
        return client.getInputStream().readNBytes(CLIENT_MAGIC.length).length == CLIENT_MAGIC.length;
    }
}
