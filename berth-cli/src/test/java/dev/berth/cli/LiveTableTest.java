package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.berth.deploy.wait.Readiness;
import dev.berth.kubernetes.ObjectKey;
import dev.berth.linux.TerminalSize;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveTableTest {
    private static final ObjectKey WEB = new ObjectKey("apps/v1", "Deployment", "shop", "web");
    private static final ObjectKey JOB = new ObjectKey("batch/v1", "Job", "shop", "migrate");

    private final StringWriter written = new StringWriter();
    private TerminalSize size = new TerminalSize(80, 24);
    private final LiveTable table = new LiveTable(new PrintWriter(written), () -> size);

    /** What a terminal shows that knows the sequences the table uses. */
    private List<String> screen() {
        List<String> lines = new ArrayList<>(List.of(""));
        String text = written.toString().replaceAll("\u001b\\[\\?7[lh]|\u001b\\[[0-9]*m", "");
        while (!text.isEmpty()) {
            if (text.startsWith("\u001b[")) {
                int end = text.indexOf("A\r\u001b[J");
                int up = Integer.parseInt(text.substring(2, end));
                lines = new ArrayList<>(lines.subList(0, lines.size() - 1 - up));
                lines.add("");
                text = text.substring(end + 5);
            } else {
                if (text.charAt(0) == '\n') {
                    lines.add("");
                } else {
                    lines.set(lines.size() - 1, lines.getLast() + text.charAt(0));
                }
                text = text.substring(1);
            }
        }
        return lines.subList(0, lines.size() - 1);
    }

    @Test
    void rowsChangeInPlaceAndLinesScrollAbove() {
        table.begin(List.of(WEB, JOB));
        assertThat(screen())
                .containsExactly("  Deployment shop/web  waiting", "  Job shop/migrate     waiting", "0 of 2 ready");
        table.set(JOB, new Readiness.Troubled("1 pod has failed"));
        table.print(List.of("about Job shop/migrate:", "  log"));
        assertThat(screen())
                .containsExactly(
                        "about Job shop/migrate:",
                        "  log",
                        "  Job shop/migrate     1 pod has failed",
                        "  Deployment shop/web  waiting",
                        "0 of 2 ready");
        table.set(WEB, new Readiness.Ready());
        assertThat(screen())
                .containsExactly(
                        "about Job shop/migrate:", "  log", "  Job shop/migrate  1 pod has failed", "1 of 2 ready");
        table.set(JOB, new Readiness.Ready());
        table.print(List.of("done"));
        assertThat(screen()).containsExactly("about Job shop/migrate:", "  log", "done");
    }

    @Test
    void theEndLeavesNothingOfIt() {
        table.begin(List.of(WEB));
        table.set(WEB, new Readiness.Failed("ProgressDeadlineExceeded"));
        assertThat(screen()).containsExactly("  Deployment shop/web  failed: ProgressDeadlineExceeded", "0 of 1 ready");
        table.end();
        assertThat(screen()).isEmpty();
    }

    @Test
    void itFitsAnyTerminal() {
        Map<ObjectKey, Readiness> states = new LinkedHashMap<>();
        for (int i = 0; i < 100; i++) {
            states.put(
                    new ObjectKey("v1", "Pod", "a-long-namespace", "pod-" + i + "-" + "x".repeat(i)),
                    i % 2 == 0 ? new Readiness.Waiting("y".repeat(300)) : new Readiness.Failed("😀".repeat(100)));
        }
        for (int columns : new int[] {1, 2, 5, 20, 79, 80, 200, 500}) {
            for (int rows : new int[] {1, 2, 3, 24, 100}) {
                List<String> lines = LiveTable.lines(states, 120, new TerminalSize(columns, rows));
                assertThat(lines).as("%d × %d", columns, rows).hasSizeBetween(1, Math.max(2, Math.min(21, rows - 1)));
                if (columns >= 20) {
                    assertThat(lines)
                            .allSatisfy(line -> assertThat(line.replaceAll("\u001b\\[[0-9]*m", "")
                                            .length())
                                    .isLessThanOrEqualTo(columns));
                }
            }
        }
        size = new TerminalSize(40, 4);
        table.begin(states.keySet());
        assertThat(screen()).hasSize(3).last().isEqualTo("0 of 100 ready, 98 more not shown");
    }
}
