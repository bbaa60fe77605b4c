package dev.berth.deploy.apply;

import java.util.List;
import java.util.Optional;

/**
 * How carrying out a plan ended.
 *
 * @param outcomes of every object of the plan, in its order; the deleted ones last
 * @param problem why it ended before its end, one line; empty if everything was done
 */
public record DeployReport(List<Outcome> outcomes, Optional<String> problem) {
    /** Copies. */
    public DeployReport {
        outcomes = List.copyOf(outcomes);
    }

    /** Whether everything was done. */
    public boolean complete() {
        return problem.isEmpty();
    }

    /** How many objects ended so. */
    public long count(Outcome.Result result) {
        return outcomes.stream().filter(outcome -> outcome.result() == result).count();
    }
}
