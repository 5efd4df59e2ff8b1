import type { Credentials } from '../core/credentials';

/**
 * What a user may do. Rights that are not given are refused.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export interface RedisRights {
  /** Patterns of keys, as `KEYS` takes them, such as `orders:*`; `*` stands for all. @default - none */
  readonly keys?: readonly string[];
  /** Patterns of channels, such as `events:*`. @default - none */
  readonly channels?: readonly string[];
  /**
   * Commands: `read` those that read these keys, and listen on these channels; `readwrite` all but those that the
   * documentation calls dangerous or administrative; `all` the dangerous ones, too, such as KEYS, SORT and FLUSHALL, which
   * empties all keys whatever `keys` says. @default 'readwrite'
   */
  readonly commands?: 'read' | 'readwrite' | 'all';
  /** Further rules, one word each, which come after all others: `+keys`, `-@scripting`, `%R~config:*`. @default - none */
  readonly rules?: readonly string[];
}

/** A user that is declared, whom `grantAccess` may give to consumers. */
export interface RedisUser extends RedisRights {
  /**
   * Password of the user; the name is that in `users`. While the Secret has `previous-password` beside `password`, both are
   * valid. @default Credentials.generated()
   */
  readonly credentials?: Credentials;
}
