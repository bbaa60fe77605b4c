package dev.berth.deploy.apply;

/** Is told how a deployment goes on, by several threads. */
public interface DeployProgress {
    /** Hears nothing. */
    DeployProgress SILENT = new DeployProgress() {
        @Override
        public void did(Outcome outcome) {}

        @Override
        public void says(String line) {}
    };

    /** Something was done, or failed. */
    void did(Outcome outcome);

    /** One line about what takes time or went wrong on the way. */
    void says(String line);
}
