/**
 * Who may mount what: a file says per namespace which keys must have signed the store paths that its pods mount, whether its
 * expressions are evaluated, whether its pods may write, and how much all of it may be.
 */
@NullMarked
package dev.berth.node.policy;

import org.jspecify.annotations.NullMarked;
