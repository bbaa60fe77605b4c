package dev.berth.store.cache;

import java.time.Duration;
import java.util.Optional;

/**
 * How files are written to S3, as the parameters of its URI say it (libstore/s3-binary-cache-store.hh).
 *
 * @param multipart whether large files are sent in parts; else only those that S3 takes in no other way
 * @param threshold up to which size in bytes a file is sent by one request
 * @param partSize in bytes, at least 5 MiB; larger where a file would have more than 10,000 parts
 * @param storageClass of what is written, if not the bucket's usual one
 * @param kinds how text files are compressed
 * @param answer how long the server may take to answer
 */
record S3Options(
        boolean multipart,
        long threshold,
        long partSize,
        Optional<String> storageClass,
        FileKinds kinds,
        Duration answer) {}
