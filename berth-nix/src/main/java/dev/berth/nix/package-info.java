/**
 * Nix's data formats, pure: no files are opened here but by {@link dev.berth.nix.nar}, and no process or network is used.
 *
 * <p>Rules of this API: nothing is null; {@code Optional} is only returned; text that does not parse is a
 * {@link dev.berth.nix.FormatException}, whose message is one line that names the text and the fault.
 */
@NullMarked
package dev.berth.nix;

import org.jspecify.annotations.NullMarked;
