package dev.berth.nix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NarInfoTest {
    private static final String SIG = "A".repeat(86) + "==";
    private static final String TEXT = """
            StorePath: /nix/store/n5wkd9frr45pa74if5gpz9j7mifg27fh-foo
            URL: nar/1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3.nar.xz?a=b#c
            Compression: xz
            FileHash: sha256:1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3
            FileSize: 4029176
            NarHash: sha256:1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3
            NarSize: 34878
            References: g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar n5wkd9frr45pa74if5gpz9j7mifg27fh-foo
            Deriver: g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar.drv
            Sig: asdf:SIG
            Sig: qwer:SIG
            CA: fixed:r:sha256:1lr187v6dck1rjh2j6svpikcfz53wyl3qrlcbb405zlh13x0khhh
            """.replace("SIG", SIG);

    private static NarInfo parse(String text) {
        return NarInfo.parse(StoreDir.DEFAULT, text, "test");
    }

    @Test
    void aFullFileIsReadAndWrittenAsItStands() {
        NarInfo info = parse(TEXT);
        assertEquals("nar/1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3.nar.xz?a=b#c", info.url());
        assertEquals(OptionalLong.of(4029176), info.fileSize());
        assertEquals(2, info.info().references().size());
        assertEquals(2, info.info().signatures().size());
        assertEquals(TEXT, info.print(StoreDir.DEFAULT));
    }

    @Test
    void theLeastFileHasDefaults() {
        String least = """
                URL: x.nar
                StorePath: /nix/store/n5wkd9frr45pa74if5gpz9j7mifg27fh-foo
                System: x86_64-linux
                Compression:\s
                FileSize: 0
                References:
                Deriver: unknown-deriver
                CA:\s
                NarSize: 0120
                NarHash: sha256-FePFYIlMuycIXPZbWi7LGEiMmZSX9FMbaQenWBzm1Sc=
                """;
        NarInfo info = parse(least);
        assertEquals("bzip2", info.compression());
        assertTrue(info.fileSize().isEmpty() && info.fileHash().isEmpty());
        assertTrue(info.info().deriver().isEmpty() && info.info().ca().isEmpty());
        assertEquals("""
                StorePath: /nix/store/n5wkd9frr45pa74if5gpz9j7mifg27fh-foo
                URL: x.nar
                Compression: bzip2
                NarHash: sha256:09ymwqf5i9q7d4dm7x4pjjcqqj0qrcp5lnznbh42gfsci5hcbqqm
                NarSize: 120
                References:\s
                """, info.print(StoreDir.DEFAULT));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "StorePath: .*\\n | | StorePath missing",
                "NarHash: .*\\n | | NarHash missing",
                "URL: .*\\n | | URL missing",
                "URL: .* | URL: | URL missing",
                "NarSize: .*\\n | | NarSize missing or zero",
                "NarSize: .* | NarSize: 0 | NarSize missing or zero",
                "NarSize: .* | NarSize: -1 | bad NarSize: '-1' is no size at line 7",
                "NarSize: .* | NarSize: +1 | bad NarSize: '+1' is no size at line 7",
                "NarSize: .* | NarSize: 9223372036854775808 | too great a size at line 7",
                "FileSize: .* | FileSize: 1e3 | bad FileSize: '1e3' is no size at line 5",
                "FileHash: .* | FileHash: sha256:00 | wrong length for hash type 'sha256' at line 4",
                "NarHash: .* | NarHash: sha1:0000000000000000000000000000000000000000 | is not sha256",
                "NarHash: .* | NarHash: 1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3 | does not include a type",
                "StorePath: /nix | StorePath: /gnu | is not in the store dir /nix/store at line 1",
                "n5wkd9frr45pa74if5gpz9j7mifg27fh-foo\\nURL | n5wkd9frr45pa74if5gpz9j7mifg27fh-foo/x\\nURL | at line 1",
                "References: g1 | References: /nix/store/g1 | bad References:",
                "Deriver: .* | Deriver: | bad Deriver: '' is too short",
                "Sig: qwer:.* | Sig: qwer:AAAA | bad Sig: signature by 'qwer' has 3 bytes, not 64 at line 11",
                "Sig: qwer:.* | Sig: AAAA | at line 11",
                "CA: .* | CA: fixed:r:md6:00 | unknown hash algorithm 'md6'",
                "CA: fixed | URL: y\\nCA: fixed | extra URL at line 12",
                "CA: fixed | References: \\nCA: fixed | extra References at line 12",
                "CA: fixed | NarSize:34878\\nCA: fixed | expecting a space after ':' at line 12",
                "CA: fixed | nonsense\\nCA: fixed | expecting ':' at line 12",
                "khhh\\n | khhh | the line has no end at line 12",
                "Compression: xz | Compression: x z | is no name",
                "\\n | \\r\\n | at line 1",
            })
    void corruptFilesAreRefusedWithTheLine(String pattern, @Nullable String by, String message) {
        String text = TEXT.replaceAll(
                pattern, by == null ? "" : by.replace("\\n", "\n").replace("\\r", "\r"));
        assertFalse(text.equals(TEXT));
        FormatException e = assertThrows(FormatException.class, () -> parse(text));
        String said = String.valueOf(e.getMessage());
        assertTrue(said.startsWith("NAR info file 'test' is corrupt: "), said);
        assertTrue(said.contains(message), said);
    }

    @Test
    void whatANarInfoCannotSayIsLeftOut() {
        NarInfo info = parse(TEXT);
        NarInfo other = info.withInfo(info.info().withUltimate(true).registeredAt(Instant.ofEpochSecond(5)));
        assertEquals(info, other);
        assertThrows(
                FormatException.class,
                () -> new NarInfo(info.info(), "a\nURL: b", "xz", info.fileHash(), OptionalLong.empty()));
    }

    @Test
    void aSignedFileVerifies() {
        SecretKey key = SecretKey.generate("test-1");
        NarInfo signed = parse(parse(TEXT).signed(StoreDir.DEFAULT, key).print(StoreDir.DEFAULT));
        assertEquals(List.of(key.publicKey()), signed.info().signers(StoreDir.DEFAULT, List.of(key.publicKey())));
    }
}
