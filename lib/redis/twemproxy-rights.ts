/**
 * Commands that twemproxy carries, but those that are dangerous by Redis' own word (RESTORE, SORT) and those that mean nothing
 * there (MOVE, LOLWUT). https://github.com/twitter/twemproxy/blob/master/notes/redis.md
 */
const CARRIED = `
  copy del dump exists expire expireat pexpire pexpireat persist pttl touch ttl type unlink
  append bitcount bitfield bitpos decr decrby get getbit getdel getex getrange getset incr incrby incrbyfloat mget mset psetex
  set setbit setex setnx setrange strlen
  hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hset hsetnx hscan hstrlen hvals
  lindex linsert llen lmove lpop lpos lpush lpushx lrange lrem lset ltrim rpop rpoplpush rpush rpushx
  pfadd pfcount pfmerge
  sadd scard sdiff sdiffstore sinter sinterstore sismember smembers smismember smove spop srandmember srem sscan sunion
  sunionstore
  zadd zcard zcount zdiff zdiffstore zincrby zinter zinterstore zlexcount zmscore zpopmax zpopmin zrandmember zrange
  zrangebylex zrangebyscore zrangestore zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex
  zrevrangebyscore zrevrank zscan zscore zunion zunionstore
  geoadd geodist geohash georadius georadiusbymember geopos geosearch geosearchstore
  eval evalsha ping command
`;

const words = (text: string): string[] => text.trim().split(/\s+/);

/** What clients may do, whom the proxy logs in as the user `default`. */
export const CLIENT_RULES: readonly string[] = ['-@all', ...words(CARRIED).map((command) => `+${command}`)];

/** What the programs beside a proxy may do: look after its connections. */
const AGENT = words('ping client|id client|list client|kill');

/** And before a store: read and write notes, and move keys. */
const MOVER = words('get set del unlink scan dump restore pexpiretime wait info client|tracking subscribe');

/** What the programs beside a proxy may do. */
export function agentRules(use: 'store' | 'cache'): string[] {
  const commands = use === 'store' ? [...AGENT, ...MOVER] : AGENT;
  return ['-@all', ...commands.map((command) => `+${command}`)];
}

/** Channel on which a server tells of keys that have changed. */
export const CHANGES_CHANNEL = '__redis__:invalidate';
