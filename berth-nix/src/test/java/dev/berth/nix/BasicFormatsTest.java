package dev.berth.nix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the basic formats refuse, and vectors that are known from elsewhere. */
class BasicFormatsTest {
    private static final StoreDir DIR = StoreDir.DEFAULT;
    private static final String HASH = "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q";
    private static final StorePath FOO = new StorePath(HASH + "-foo");
    private static final StorePath BAR = new StorePath(HASH + "-bar");
    private static final Hash EMPTY = Hash.sha256(new byte[0]);

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void hashesOfKnownTextsHaveTheirKnownForms() {
        // FIPS 180-2, and the forms of libutil-tests/hash.cc.
        Hash abc = Hash.sha256(ascii("abc"));
        assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", abc.toBase16());
        assertEquals("sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s", abc.toNix32());
        assertEquals("sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", abc.format(HashFormat.SRI, false));
        assertEquals("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", abc.format(HashFormat.BASE64, false));
        assertEquals(abc, Hash.parse("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"));
        assertEquals("sha1:kpcd173cq987hw957sx6m0868wv3x6d9", sha1("abc").toNix32());
        assertTrue(
                abc.compareTo(EMPTY) < 0 && EMPTY.compareTo(abc) > 0 && abc.compareTo(Hash.sha256(ascii("abc"))) == 0);
        byte[] copy = abc.bytes();
        copy[0] = 0;
        assertEquals(abc, Hash.sha256(ascii("abc")));
    }

    private static Hash sha1(String text) {
        var digest = HashAlgorithm.SHA1.newDigest();
        digest.update(ascii(text));
        return Hash.of(HashAlgorithm.SHA1, digest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "sha256",
                "sha256:",
                "sha256-",
                "SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "sha257:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "sha1:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85g",
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85 ",
                "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "sha256:zb8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s",
                "sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5e",
                "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
                "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=",
            })
    void wrongHashesAreRefused(String text) {
        assertThrows(FormatException.class, () -> Hash.parse(text));
    }

    @Test
    void aHashOfAnotherTypeThanExpectedIsRefused() {
        assertThrows(FormatException.class, () -> Hash.parse(EMPTY.toNix32(), HashAlgorithm.SHA512));
        assertThrows(FormatException.class, () -> Hash.of(HashAlgorithm.SHA1, new byte[19]));
        assertThrows(UnsupportedOperationException.class, HashAlgorithm.BLAKE3::newDigest);
    }

    @Test
    void nixBase32RefusesWhatNoBytesGive() {
        assertEquals("", NixBase32.encode(new byte[0]));
        assertArrayEquals(new byte[] {31}, NixBase32.decode("0z"));
        assertThrows(FormatException.class, () -> NixBase32.decode("zz"));
        assertThrows(FormatException.class, () -> NixBase32.decode("e0"));
        assertThrows(FormatException.class, () -> NixBase32.decode("\u00e90"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3qfoo",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3-foo",
                "e1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-foo",
                "G1W7HY3QG1W7HY3QG1W7HY3QG1W7HY3Q-foo",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-.",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-..",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-.-a",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-..-a",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-a b",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-a/b",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-a\u0000",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-\u00e9",
                "g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-a\n",
            })
    void wrongStorePathsAreRefused(String baseName) {
        assertThrows(FormatException.class, () -> new StorePath(baseName));
        assertThrows(FormatException.class, () -> DIR.parse("/nix/store/" + baseName));
    }

    @Test
    void storePathNamesMayStartWithADotAndHave211Characters() {
        for (String name : List.of(".a", "..a", "...", "a".repeat(211), "+-._?=aZ0")) {
            assertEquals(name, new StorePath(HASH + "-" + name).name());
            StorePath.checkName(name);
        }
        assertThrows(FormatException.class, () -> new StorePath(HASH + "-" + "a".repeat(212)));
        assertThrows(FormatException.class, () -> StorePath.checkHashPart(HASH + "0"));
        assertThrows(FormatException.class, () -> StorePath.checkHashPart(HASH.substring(1)));
        StorePath.checkHashPart(HASH);
        assertTrue(new StorePath(HASH + "-a.drv").isDerivation());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "nix",
                "/nix/",
                "//nix",
                "/nix//store",
                "/nix/./store",
                "/..",
                "/a\u0000",
                "/a\nb",
                "/a\u0085"
            })
    void wrongStoreDirsAreRefused(String path) {
        assertThrows(FormatException.class, () -> new StoreDir(path));
    }

    @Test
    void subPathsAreCutAtTheStorePath() {
        var sub = DIR.parseSubPath("/nix/store/" + FOO + "/bin/../sh");
        assertEquals(FOO, sub.storePath());
        assertEquals("/bin/../sh", sub.rest());
        assertEquals("", DIR.parseSubPath("/nix/store/" + FOO).rest());
        assertThrows(FormatException.class, () -> DIR.parse("/nix/store/" + FOO + "/bin"));
        assertThrows(FormatException.class, () -> DIR.parseSubPath("/nix/storex/" + FOO));
        assertThrows(FormatException.class, () -> DIR.parseSubPath("/nix/store"));
        assertFalse(new StoreDir("/gnu/store").contains("/nix/store/" + FOO));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "fixed",
                "text:",
                "text:sha1:kpcd173cq987hw957sx6m0868wv3x6d9",
                "fixed:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s",
                "fixed:r:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s",
                "fixed:x:sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s",
                "Fixed:r:sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s",
                "fixed:r:sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            })
    void wrongContentAddressesAreRefused(String text) {
        assertThrows(FormatException.class, () -> ContentAddress.parse(text));
    }

    @Test
    void contentAddressesAllowReferencesOnlyWhereNixDoes() {
        ContentAddress text = new ContentAddress(ContentAddressMethod.TEXT, EMPTY);
        ContentAddress nar = new ContentAddress(ContentAddressMethod.NAR, EMPTY);
        ContentAddress flat = new ContentAddress(ContentAddressMethod.FLAT, EMPTY);
        ContentAddress git = new ContentAddress(ContentAddressMethod.GIT, EMPTY);
        ContentAddress sha512 =
                new ContentAddress(ContentAddressMethod.GIT, Hash.of(HashAlgorithm.SHA512, new byte[64]));
        StorePath plain = StorePaths.ofContentAddress(DIR, "foo", nar, List.of(), false);
        StorePath self = StorePaths.ofContentAddress(DIR, "foo", nar, List.of(), true);
        StorePath other = StorePaths.ofContentAddress(DIR, "foo", nar, List.of(BAR), false);
        assertEquals(3, Set.of(plain, self, other).size());
        assertEquals(other, StorePaths.ofContentAddress(DIR, "foo", nar, List.of(BAR, BAR), FOO));
        assertFalse(plain.equals(StorePaths.ofContentAddress(new StoreDir("/x"), "foo", nar, List.of(), false)));
        StorePaths.ofContentAddress(DIR, "foo", text, List.of(BAR), false);
        assertThrows(FormatException.class, () -> StorePaths.ofContentAddress(DIR, "foo", text, List.of(), true));
        for (ContentAddress bad : List.of(flat, git)) {
            assertThrows(
                    FormatException.class, () -> StorePaths.ofContentAddress(DIR, "foo", bad, List.of(BAR), false));
            assertThrows(FormatException.class, () -> StorePaths.ofContentAddress(DIR, "foo", bad, List.of(), true));
        }
        assertThrows(FormatException.class, () -> StorePaths.ofContentAddress(DIR, "foo", sha512, List.of(), false));
    }

    @Test
    void aFalseContentAddressIsNoReasonToTrust() {
        ContentAddress nar = new ContentAddress(ContentAddressMethod.NAR, EMPTY);
        StorePath path = StorePaths.ofContentAddress(DIR, "foo", nar, List.of(BAR), true);
        PathInfo info = PathInfo.of(path, EMPTY, 1, List.of(BAR, path)).withCa(Optional.of(nar));
        assertTrue(info.isTrustedBy(DIR, List.of()));
        assertFalse(info.isContentAddressed(new StoreDir("/other")));
        assertFalse(PathInfo.of(path, EMPTY, 1, List.of(BAR))
                .withCa(Optional.of(nar))
                .isContentAddressed(DIR));
        // References that such a content address cannot have: false, not an error.
        assertFalse(info.withCa(Optional.of(new ContentAddress(ContentAddressMethod.FLAT, EMPTY)))
                .isTrustedBy(DIR, List.of()));
        assertFalse(info.withCa(Optional.of(new ContentAddress(ContentAddressMethod.TEXT, EMPTY)))
                .isTrustedBy(DIR, List.of()));
        assertFalse(info.withCa(Optional.empty()).isTrustedBy(DIR, List.of()));
    }

    @Test
    void aSignatureCoversPathHashSizeAndReferences() {
        SecretKey key = SecretKey.generate("key-1");
        List<PublicKey> keys = List.of(key.publicKey());
        PathInfo info = PathInfo.of(FOO, EMPTY, 1, List.of(BAR)).signed(DIR, key);
        assertEquals("1;/nix/store/" + FOO + ";" + EMPTY.toNix32() + ";1;/nix/store/" + BAR, info.fingerprint(DIR));
        assertTrue(info.isTrustedBy(DIR, keys));
        assertEquals(info, info.signed(DIR, key));
        for (PathInfo forged : List.of(
                PathInfo.of(BAR, EMPTY, 1, List.of(BAR)),
                PathInfo.of(FOO, Hash.sha256(ascii("abc")), 1, List.of(BAR)),
                PathInfo.of(FOO, EMPTY, 2, List.of(BAR)),
                PathInfo.of(FOO, EMPTY, 1, List.of()))) {
            assertFalse(forged.replacingSignatures(info.signatures()).isTrustedBy(DIR, keys));
        }
        assertFalse(info.isTrustedBy(new StoreDir("/other"), keys));
        assertThrows(FormatException.class, () -> PathInfo.of(FOO, EMPTY, -1, List.of()));
        assertThrows(FormatException.class, () -> PathInfo.of(FOO, sha1("abc"), 1, List.of()));
    }

    @Test
    void keysWithBadNamesOrSizesAreRefusedAndSecretsNotShown() {
        SecretKey key = SecretKey.generate("key-1");
        String secret = key.print().substring("key-1:".length());
        assertFalse(key.toString().contains(secret));
        for (String name : List.of("", "a b", "a\nb", "a\tb", "a\u007f")) {
            assertThrows(FormatException.class, () -> SecretKey.generate(name));
            assertThrows(FormatException.class, () -> SecretKey.parse("x" + name + "y:" + secret.substring(1)));
            assertThrows(FormatException.class, () -> new Signature(name, "A".repeat(86) + "=="));
            assertThrows(FormatException.class, () -> PublicKey.parse(name + ":" + "A".repeat(43) + "="));
        }
        FormatException e = assertThrows(FormatException.class, () -> SecretKey.parse("key-1:" + secret.substring(4)));
        assertFalse(String.valueOf(e.getMessage()).contains(secret.substring(8, 20)), e::getMessage);
        assertThrows(FormatException.class, () -> PublicKey.parse("key-1:" + secret));
        assertThrows(FormatException.class, () -> Signature.parse("key-1:" + "A".repeat(84)));
        // A signature of zeros, and a key that is no point of the curve, verify nothing.
        assertFalse(key.publicKey().verify("text", new Signature("key-1", "A".repeat(86) + "==")));
        assertFalse(PublicKey.parse("key-1:" + "/".repeat(42) + "8=").verify("text", key.sign("text")));
        assertFalse(key.publicKey().verify("other", key.sign("text")));
        assertTrue(key.publicKey().verify("text", key.sign("text")));
    }

    @Test
    void signaturesAreInTheOrderOfTheirTexts() {
        String zeros = "A".repeat(86) + "==";
        var sorted = new TreeSet<>(
                List.of(new Signature("b", zeros), new Signature("a-1", zeros), new Signature("a", zeros)));
        assertEquals(
                List.of("a-1:" + zeros, "a:" + zeros, "b:" + zeros),
                sorted.stream().map(Signature::print).toList());
    }

    @Test
    void messagesQuoteHostileTextsOnOneLine() {
        assertEquals("'a?b?c'", FormatException.quote("a\nb\u0000c"));
        assertEquals(103, FormatException.quote("x".repeat(10_000)).length());
    }
}
