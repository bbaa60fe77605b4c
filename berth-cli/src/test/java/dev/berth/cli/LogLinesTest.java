package dev.berth.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LogLinesTest {
    private static LoggingEvent event() {
        LoggingEvent event = new LoggingEvent(
                "here",
                new LoggerContext().getLogger("dev.berth.node.csi.CallLog"),
                Level.INFO,
                "published {}",
                null,
                new Object[] {"it"});
        event.setInstant(Instant.ofEpochMilli(1_700_000_000_123L));
        event.setMDCPropertyMap(Map.of("pod", "a\nERROR forged"));
        event.addKeyValuePair(new KeyValuePair("seconds", 0.5));
        return event;
    }

    private static String line(boolean json) {
        return new String(new LogLines(json).encode(event()), StandardCharsets.UTF_8);
    }

    @Test
    void anObjectALine() throws IOException {
        String line = line(true);
        assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
        JsonNode object = new ObjectMapper().readTree(line);
        assertThat(object.get("time").asText()).isEqualTo("2023-11-14T22:13:20.123Z");
        assertThat(object.get("level").asText()).isEqualTo("info");
        assertThat(object.get("logger").asText()).isEqualTo("dev.berth.node.csi.CallLog");
        assertThat(object.get("message").asText()).isEqualTo("published it");
        assertThat(object.get("pod").asText()).isEqualTo("a\nERROR forged");
        assertThat(object.get("seconds").asText()).isEqualTo("0.5");
    }

    @Test
    void fieldsStandBehindTheTextAndMakeNoLines() {
        assertThat(line(false))
                .isEqualTo("2023-11-14T22:13:20.123Z INFO  published it pod=a?ERROR forged seconds=0.5\n");
    }
}
