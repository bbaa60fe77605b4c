package dev.berth.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConsoleTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Console console = new Console(new PrintStream(out), new PrintStream(err));

    private String stream(byte[] bytes) {
        console.stream(new ByteArrayInputStream(bytes), "> ");
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    void linesAndALastOneWithoutBreak() {
        assertThat(stream("a\n\nb".getBytes(StandardCharsets.UTF_8))).isEqualTo("> a\n> \n> b\n");
    }

    @Test
    void bytesStayAsTheyAre() {
        assertThat(stream(new byte[] {(byte) 0xff, 0, '\n'})).isEqualTo("> \u00ff\0\n");
    }

    @Test
    void longLinesAreBroken() {
        byte[] bytes = "x".repeat(Console.MAX_LINE + 5).getBytes(StandardCharsets.UTF_8);
        assertThat(stream(bytes)).isEqualTo("> " + "x".repeat(Console.MAX_LINE) + "\n> xxxxx\n");
    }

    @Test
    void messagesAreOneLine() {
        console.say("a\n  b\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("berth: a b\n");
    }

    @Test
    void variablesAreExpandedAsKubernetesDoes() {
        Map<String, String> variables = Map.of("A", "1", "B", "$(A)");
        assertThat(Expansion.expand("$(A) $(B) $(C) $$(A) $$$(A) $A $( $", variables))
                .isEqualTo("1 $(A) $(C) $(A) $1 $A $( $");
    }
}
