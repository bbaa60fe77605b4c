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
    /** Nix makes a connection for each path that it copies from here, so that 2,000 would take it minutes; a part of them takes it that part of the time. */
    private static final int PART = 200;

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
        bench.log().println("  starting the servers");
        try (SshServer sshd = SshServer.openSsh(peer, Files.createDirectory(memory.resolve("sshd")));
                SshServer berth = SshServer.berth(bench, Files.createDirectory(memory.resolve("berth")))) {
            Pair aes = pair(sshd, berth, AES_GCM);
            for (Work work : List.of(Work.BIG, Work.TREE, Work.SMALL)) {
                WorkStore store = bench.work(work);
                bench.warm(store.root());
                push(store, aes, AES_GCM);
                if (work == Work.BIG) {
                    push(store, pair(sshd, berth, CHACHA20), CHACHA20);
                }
                if (work != Work.TREE) {
                    pull(store, aes);
                }
                if (work == Work.SMALL) {
                    query(store, aes);
                }
            }
            peer.verify("local?root=" + berth.root());
            crowd("OpenSSH with nix-daemon", sshd);
            crowd("Berth", berth);
        } finally {
            Program.of("rm", "-rf", "--one-file-system", memory.toString()).run();
        }
    }

    /** What both serve, reached with one cipher. */
    private record Pair(ServedStore sshd, ServedStore berth) {}

    private Pair pair(SshServer sshd, SshServer berth, String cipher) {
        return new Pair(sshd.store(bench, peer, memory, cipher), berth.store(bench, peer, memory, cipher));
    }

    private void push(WorkStore work, Pair pair, String cipher) throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " to ssh-ng, " + cipher.replaceAll("[@-].*", "");
        Contest contest = new Contest()
                .add(SSHD, run -> pair.sshd().pushByNix(work))
                .add(NIX_TO_BERTH, run -> pair.berth().pushByNix(work))
                .add(BERTH_TO_BERTH, run -> pair.berth().pushByBerth(work))
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        double speedUp = cipher.equals(AES_GCM) ? 1.2 : 0.9;
        for (String who : List.of(NIX_TO_BERTH, BERTH_TO_BERTH)) {
            compare(what, contest, who, OptionalDouble.of(1 / speedUp));
        }
    }

    private void compare(String what, Contest contest, String who, OptionalDouble target) {
        bench.report().compare(what + ", " + who, contest, who, SSHD, target);
    }

    private void pull(WorkStore work, Pair pair) throws IOException, InterruptedException {
        String what = "copy " + work.work().label() + " from ssh-ng";
        bench.log().println("  " + what + " · filling the servers");
        pair.sshd().pushByNix(work);
        pair.berth().pushByNix(work);
        Contest contest = new Contest()
                .add(BERTH_FROM_SSHD, run -> pair.sshd().pullByBerth(work))
                .add(BERTH_TO_BERTH, run -> pair.berth().pullByBerth(work));
        if (work.work() == Work.SMALL) {
            Duration part = pair.sshd().pullByNix(work.first(PART));
            bench.log().println("  " + what + " · Nix from sshd · " + PART + " paths · " + Samples.seconds(part));
            Samples nix = Samples.of(List.of(part.multipliedBy(Work.SMALL.paths() / PART)));
            contest.run(bench.runs(), what, bench.log());
            for (String who : List.of(BERTH_FROM_SSHD, BERTH_TO_BERTH)) {
                bench.report()
                        .compare(
                                what + ", " + who,
                                contest.of(who),
                                SSHD + ", from " + PART + " paths: " + Samples.seconds(part) + ", for all",
                                nix,
                                OptionalDouble.of(1 / 50.0));
            }
        } else {
            contest.add(SSHD, run -> pair.sshd().pullByNix(List.of(work.rootPath())))
                    .run(bench.runs(), what, bench.log());
            for (String who : List.of(BERTH_FROM_SSHD, BERTH_TO_BERTH)) {
                compare(what, contest, who, OptionalDouble.empty());
            }
        }
    }

    private void query(WorkStore work, Pair pair) throws IOException, InterruptedException {
        String what = "path-info -r of 2,000 paths over ssh-ng";
        Contest contest = new Contest()
                .add(SSHD, run -> pair.sshd().queryByNix(work))
                .add(NIX_TO_BERTH, run -> pair.berth().queryByNix(work))
                .add(BERTH_TO_BERTH, run -> pair.berth().queryByBerth(work))
                .warmUp(1)
                .run(bench.runs(), what, bench.log());
        for (String who : List.of(NIX_TO_BERTH, BERTH_TO_BERTH)) {
            compare(what, contest, who, OptionalDouble.of(0.5));
        }
    }

    /** Many log in at once, each with a program of its own, ask for the daemon and leave when all are there. */
    private void crowd(String who, SshServer server) throws IOException, InterruptedException {
        bench.log().println("  " + CROWD + " SSH logins at once · " + who);
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
