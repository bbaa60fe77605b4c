package dev.berth.node.expression;

/** What a volume wants, told as something that Nix must evaluate. The text is what the user wrote, unchecked. */
public sealed interface Expression {
    /** The attribute of a volume that names it. */
    String attribute();

    /** What the attribute says. */
    String text();

    /** A flake's output, as {@code nix build} takes it, such as {@code github:NixOS/nixpkgs#hello}. */
    record FlakeRef(String text) implements Expression {
        /** The attribute's name. */
        public static final String ATTRIBUTE = "flakeRef";

        @Override
        public String attribute() {
            return ATTRIBUTE;
        }
    }

    /** An expression in the Nix language that evaluates to a derivation, or to a store path in a text. */
    record NixExpr(String text) implements Expression {
        /** The attribute's name. */
        public static final String ATTRIBUTE = "nixExpr";

        @Override
        public String attribute() {
            return ATTRIBUTE;
        }
    }
}
