/**
 * Talking to a Kubernetes API server: where it is and who we are (kubeconfig, credential plugins, a pod's service account),
 * which kinds it serves, and reading, applying, deleting and watching objects as plain JSON trees. Nothing of what is to be
 * deployed, in which order or why.
 *
 * <p>No client library is used: objects are trees here, so that the classes of all kinds would only be carried along, and what
 * matters here (an unknown context is an error and not the current one, only the file's authorities are trusted, deadlines for
 * credential plugins) would have to be done around it.
 *
 * <p>It speaks HTTP/1.1 by the JDK's client: a request that stalls holds up no other, and there is no limit of streams to run
 * into. Every request has a deadline and a bound on its answer. An answer is data of a stranger: what is put into a message is
 * one line without control characters.
 */
@NullMarked
package dev.berth.kubernetes;

import org.jspecify.annotations.NullMarked;
