package dev.berth.wire.worker;

import dev.berth.nix.FormatException;
import dev.berth.wire.GuardedTransport;
import dev.berth.wire.SessionDrain;
import dev.berth.wire.SessionLimits;
import dev.berth.wire.StoreOperations;
import dev.berth.wire.StoreService;
import dev.berth.wire.Transport;
import dev.berth.wire.WireException;
import dev.berth.wire.WireInput;
import dev.berth.wire.WireOutput;
import java.io.IOException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of one connection of the worker protocol, 1.21 to 1.38 (libstore/daemon.cc). What the protocol forbids
 * to clients that are not trusted is forbidden here; what a store allows them is its own business.
 */
public final class WorkerSession {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerSession.class);

    private final ServerConnection connection;
    private final SessionQueries queries;
    private final SessionAdditions additions;
    private final SessionMaintenance maintenance;
    private final SessionBuilds builds;

    private WorkerSession(ServerConnection connection) {
        this.connection = connection;
        this.queries = new SessionQueries(connection);
        this.additions = new SessionAdditions(connection);
        this.maintenance = new SessionMaintenance(connection);
        this.builds = new SessionBuilds(connection);
    }

    /**
     * Serves one client until it goes, breaks the protocol or lets a deadline pass. Closes the transport. Never throws
     * because of the client.
     *
     * @param trusted whether the client may do everything
     */
    public static void serve(StoreService service, boolean trusted, Transport transport, SessionLimits limits) {
        serve(service, trusted, transport, limits, new SessionDrain());
    }

    /**
     * Serves one client.
     *
     * @param drain ends it between operations
     * @see #serve(StoreService, boolean, Transport, SessionLimits)
     */
    public static void serve(
            StoreService service, boolean trusted, Transport transport, SessionLimits limits, SessionDrain drain) {
        serve(service, trusted, transport, limits, drain, Dialect.NEWEST);
    }

    static void serve(
            StoreService service,
            boolean trusted,
            Transport transport,
            SessionLimits limits,
            SessionDrain drain,
            int newest) {
        try (GuardedTransport guarded = new GuardedTransport(transport, limits.waitForHandshake())) {
            WireOutput out = new WireOutput(guarded.out());
            Dialect unknown = new Dialect(service.storeDir(), Dialect.OLDEST, Set.of());
            TunnelLog log = new TunnelLog(out, unknown, guarded);
            WatchedInput watched = new WatchedInput(guarded);
            WireInput in = new WireInput(watched, limits.maxMessage(), log::flush);
            try {
                Dialect dialect = new ServerHandshake(in, out, service).agree(newest, trusted);
                log.speak(dialect);
                guarded.writeWithin(limits.waitForReader());
                log.startWork();
                try (StoreOperations ops = open(service, trusted, log)) {
                    log.stopWork();
                    var connection =
                            new ServerConnection(watched, in, out, log, dialect, ops, trusted, limits.maxMessage());
                    new WorkerSession(connection).run(guarded, limits, drain);
                }
            } finally {
                log.flush();
            }
        } catch (IOException e) {
            // The client has gone, or was told.
            LOG.debug("worker session of {} ended: {}", transport.peer(), e.getMessage());
        }
    }

    private static StoreOperations open(StoreService service, boolean trusted, TunnelLog log) throws IOException {
        try {
            return service.open(trusted, log);
        } catch (RuntimeException e) {
            log.fail(e);
            throw new BrokenAnswerException(e);
        }
    }

    private void run(GuardedTransport transport, SessionLimits limits, SessionDrain drain) throws IOException {
        while (nextIsHere(transport, limits, drain)) {
            transport.readWithin(limits.waitForRest());
            connection.in().startMessage();
            try {
                perform(connection.in().u64());
            } catch (BrokenAnswerException e) {
                throw e;
            } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
                boolean goesOn = connection.log().isWorking() && !(e instanceof WireException);
                connection.log().fail(e);
                if (!goesOn) {
                    return;
                }
            }
        }
    }

    /** Waits for the next operation; false if there is none. */
    private boolean nextIsHere(GuardedTransport transport, SessionLimits limits, SessionDrain drain)
            throws IOException {
        if (connection.in().buffered() > 0) {
            return true;
        }
        transport.readWithin(limits.waitForOperation());
        // What was answered must be out before the session may be closed.
        connection.log().flush();
        if (!drain.enterIdle(transport)) {
            return false;
        }
        try {
            return !connection.in().atEnd();
        } finally {
            drain.leaveIdle(transport);
        }
    }

    private void perform(long code) throws IOException {
        Operation operation = Operation.of(code).orElseThrow(() -> new FormatException("invalid operation " + code));
        switch (operation) {
            case IS_VALID_PATH -> queries.isValidPath();
            case HAS_SUBSTITUTES -> queries.hasSubstitutes();
            case QUERY_PATH_HASH -> queries.queryPathHash();
            case QUERY_REFERENCES -> queries.queryReferences();
            case QUERY_REFERRERS -> queries.queryReferrers();
            case ADD_TO_STORE -> additions.addToStore();
            case ADD_TEXT_TO_STORE -> additions.addTextToStore();
            case BUILD_PATHS -> builds.buildPaths();
            case ENSURE_PATH -> maintenance.ensurePath();
            case ADD_TEMP_ROOT -> maintenance.addTempRoot();
            case ADD_INDIRECT_ROOT -> maintenance.addIndirectRoot();
            case SYNC_WITH_GC -> maintenance.syncWithGc();
            case FIND_ROOTS -> maintenance.findRoots();
            case QUERY_DERIVER -> queries.queryDeriver();
            case SET_OPTIONS -> maintenance.setOptions();
            case COLLECT_GARBAGE -> maintenance.collectGarbage();
            case QUERY_SUBSTITUTABLE_PATH_INFO -> queries.querySubstitutablePathInfo();
            case QUERY_DERIVATION_OUTPUTS -> queries.queryDerivationOutputs();
            case QUERY_ALL_VALID_PATHS -> queries.queryAllValidPaths();
            case QUERY_PATH_INFO -> queries.queryPathInfo();
            case QUERY_DERIVATION_OUTPUT_NAMES -> queries.queryDerivationOutputNames();
            case QUERY_PATH_FROM_HASH_PART -> queries.queryPathFromHashPart();
            case QUERY_SUBSTITUTABLE_PATH_INFOS -> queries.querySubstitutablePathInfos();
            case QUERY_VALID_PATHS -> queries.queryValidPaths();
            case QUERY_SUBSTITUTABLE_PATHS -> queries.querySubstitutablePaths();
            case QUERY_VALID_DERIVERS -> queries.queryValidDerivers();
            case OPTIMISE_STORE -> maintenance.optimiseStore();
            case VERIFY_STORE -> maintenance.verifyStore();
            case BUILD_DERIVATION -> builds.buildDerivation();
            case ADD_SIGNATURES -> additions.addSignatures();
            case NAR_FROM_PATH -> queries.narFromPath();
            case ADD_TO_STORE_NAR -> additions.addToStoreNar();
            case QUERY_MISSING -> queries.queryMissing();
            case QUERY_DERIVATION_OUTPUT_MAP -> queries.queryDerivationOutputMap();
            case REGISTER_DRV_OUTPUT -> builds.registerDrvOutput();
            case QUERY_REALISATION -> queries.queryRealisation();
            case ADD_MULTIPLE_TO_STORE -> additions.addMultipleToStore();
            case ADD_BUILD_LOG -> additions.addBuildLog();
            case BUILD_PATHS_WITH_RESULTS -> builds.buildPathsWithResults();
            case ADD_PERM_ROOT -> maintenance.addPermRoot();
        }
    }
}
