import { describe, expect, it } from 'vitest';
import { isRedisError, RedisError } from '../../../lib/redis/wire/errors';
import { fields, list, pairs, rawOf, replyOf, text } from '../../../lib/redis/wire/reply';

describe('replies', () => {
  it.each([
    ['text', 'PONG', 'PONG'],
    ['numbers as text', 7, '7'],
  ])('reads %s', (_, reply, expected) => expect(text(reply)).toBe(expected));

  it('reads lists and pairs', () => {
    expect(list(['a', 1, null])).toEqual(['a', 1, null]);
    expect([...pairs(['save', '', 'maxmemory', 5])]).toEqual([
      ['save', ''],
      ['maxmemory', '5'],
    ]);
    expect([...fields(['flags', ['on'], 'keys', null])]).toEqual([
      ['flags', ['on']],
      ['keys', null],
    ]);
  });

  it.each([
    ['text', () => text(null), 'the reply should be text, and is nothing'],
    ['text', () => text(['a', 'b']), 'the reply should be text, and is a list of 2'],
    ['a list', () => list('OK'), 'the reply should be a list, and is the string OK'],
    ['pairs', () => pairs(['a']), 'the reply should be pairs, and has 1 items'],
    ['pairs of text', () => pairs(['a', null]), 'the reply should be text, and is nothing'],
  ])('refuses what is not %s', (_, read, message) => expect(read).toThrow(new Error(message)));

  it('throws the refusal that is within a reply', () => {
    const refusal = new RedisError('WRONGTYPE Operation against a key');
    const parsed = [Buffer.from('a'), [1, refusal]];
    expect(() => replyOf(parsed)).toThrow(refusal);
    expect(() => rawOf(parsed)).toThrow(refusal);
    expect(replyOf([Buffer.from('\u00fc'), 1, 'OK', null, []])).toEqual(['\u00fc', 1, 'OK', null, []]);
    expect(rawOf([Buffer.from([0xff]), 1, 'OK', null])).toEqual([Buffer.from([0xff]), 1, 'OK', null]);
  });
});

describe('RedisError', () => {
  it.each([
    ['READONLY You cannot write', 'READONLY'],
    ['MOVED 3999 127.0.0.1:6381', 'MOVED'],
    ['NOREPLICAS Not enough good replicas', 'NOREPLICAS'],
    ['NOGOODSLAVE No suitable replica to promote', 'NOGOODSLAVE'],
    ['ERR unknown command', 'ERR'],
    ['Error in some module', 'ERR'],
    ['LOADING', 'LOADING'],
  ])('%s has the code %s', (line, code) => {
    const error = new RedisError(line);
    expect(error).toMatchObject({ name: 'RedisError', code, message: line });
    expect(isRedisError(error)).toBe(true);
    expect(isRedisError(error, 'OTHER', code)).toBe(true);
    expect(isRedisError(error, 'OTHER')).toBe(false);
    expect(isRedisError(new Error(line), code)).toBe(false);
  });
});
