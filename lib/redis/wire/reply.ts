import { RedisError } from './errors';
import type { Parsed } from './resp';
import type { RawReply, Reply } from './types';

/** A reply that must be text; a number is given as text, too. */
export function text(reply: Reply): string {
  if (typeof reply === 'string') return reply;
  if (typeof reply === 'number') return String(reply);
  throw new Error(`the reply should be text, and is ${kindOf(reply)}`);
}

/** A reply that must be a list. */
export function list(reply: Reply): readonly Reply[] {
  if (Array.isArray(reply)) return reply;
  throw new Error(`the reply should be a list, and is ${kindOf(reply)}`);
}

/** A list of names and texts in turn, as that of `CONFIG GET` and each of those of `SENTINEL REPLICAS`. */
export function pairs(reply: Reply): ReadonlyMap<string, string> {
  return new Map([...fields(reply)].map(([name, value]) => [name, text(value)]));
}

/** A list of names and values of any kind in turn, as that of `ACL GETUSER`. */
export function fields(reply: Reply): ReadonlyMap<string, Reply> {
  const all = list(reply);
  if (all.length % 2 !== 0) throw new Error(`the reply should be pairs, and has ${all.length} items`);
  return new Map(all.flatMap((name, i) => (i % 2 === 0 ? [[text(name), all[i + 1]] as const] : [])));
}

/** What was parsed, with bulk strings as they are. @throws RedisError that is within it, as in that of `EXEC` */
export function rawOf(parsed: Parsed): RawReply {
  if (parsed instanceof RedisError) throw parsed;
  return Array.isArray(parsed) ? parsed.map(rawOf) : (parsed as RawReply);
}

/** What was parsed, with bulk strings as text. @throws RedisError that is within it */
export function replyOf(parsed: Parsed): Reply {
  if (parsed instanceof RedisError) throw parsed;
  if (Buffer.isBuffer(parsed)) return parsed.toString();
  return Array.isArray(parsed) ? parsed.map(replyOf) : (parsed as Reply);
}

function kindOf(reply: Reply): string {
  if (reply === null) return 'nothing';
  return Array.isArray(reply) ? `a list of ${reply.length}` : `the ${typeof reply} ${reply}`;
}
