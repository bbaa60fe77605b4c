/** What volumes name by an expression: evaluated and built by a real Nix, as a program with bounds. */
@NullMarked
package dev.berth.node.expression;

import org.jspecify.annotations.NullMarked;
