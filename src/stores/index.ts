/**
 * Ready stores: each gives what `createCache({ store })` takes, opens on first use, and opens again after
 * failures.
 * @module reprise/store
 */
export { type EncryptionKey, type EncryptionOptions, encrypted } from "./encrypted.js";
export { type PostgresOptions, postgres } from "./postgres.js";
export { type RedisOptions, redis } from "./redis.js";
export { type SqliteOptions, sqlite } from "./sqlite.js";
