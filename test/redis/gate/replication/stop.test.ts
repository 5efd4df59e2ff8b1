import * as fs from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { Stage } from '../stage';

const SELF = '10.0.0.1';
const REPLICA = '10.0.0.2';
const SENTINELS = ['10.0.1.1', '10.0.1.2'];
const FAILOVER = 'SENTINEL FAILOVER cache';
const NO_GOOD = 'NOGOODSLAVE No suitable replica to promote\n';

const master = (state = 'online', offset = 50) =>
  `role:master\r\nslave0:ip=${REPLICA},port=6379,state=${state},offset=${offset},lag=0\r\nmaster_repl_offset:50\r\n`;

describe('stop.sh of a server with Sentinels', () => {
  let stage: Stage;
  const run = () => stage.run('stop.sh', 30_000);
  const commands = () =>
    stage
      .asked()
      .map((line) => line.split('@')[1])
      .filter((line) => !/ (PING|INFO|SENTINEL (REPLICAS|GET))/.test(line));

  beforeEach(() => {
    stage = new Stage();
    const addresses = SENTINELS.map((sentinel) => `${sentinel}:26379`).join(' ');
    fs.writeFileSync(
      stage.at('run/start-settings'),
      `SENTINELS='${addresses}'\nMASTER_NAME=cache\nSELF=${SELF}:6379\n`,
    );
    for (const host of [SELF, ...SENTINELS]) stage.answer(host, 'PING', 'PONG\n');
    for (const sentinel of SENTINELS) {
      stage.answer(sentinel, 'SENTINEL REPLICAS cache', `name\n${REPLICA}:6379\nflags\nslave\n`);
      stage.answer(
        sentinel,
        'SENTINEL GET-MASTER-ADDR-BY-NAME cache',
        `${SELF}\n6379\n`,
        `${REPLICA}\n6379\n`,
      );
      stage.answer(sentinel, FAILOVER, 'OK\n');
    }
    stage.answer(SELF, 'INFO replication', master());
    stage.answer(SELF, 'CLIENT PAUSE 60000 WRITE', 'OK\n');
  });

  const handedOver = { status: 0, says: [`{"stop":"handed over","reason":"${REPLICA}:6379 is the master"}`] };
  const demoted = [`${SELF} REPLICAOF ${REPLICA} 6379`, `${SELF} CLIENT KILL TYPE normal`];
  const nothing = (reason: string) => ({ status: 0, says: [`{"stop":"nothing","reason":"${reason}"}`] });

  it('holds writes back, has a Sentinel replace the master, and follows the new one', () => {
    expect(run()).toEqual(handedOver);
    expect(commands()).toEqual([
      `${SELF} CLIENT PAUSE 60000 WRITE`,
      `${SENTINELS[0]} ${FAILOVER}`,
      ...demoted,
    ]);
  });

  it('asks again where Sentinels do not choose a replica yet', () => {
    for (const sentinel of SENTINELS) stage.answer(sentinel, FAILOVER, NO_GOOD, 'OK\n');
    expect(run()).toEqual(handedOver);
    expect(commands().filter((line) => line.endsWith(FAILOVER))).toEqual([
      `${SENTINELS[0]} ${FAILOVER}`,
      `${SENTINELS[1]} ${FAILOVER}`,
      `${SENTINELS[0]} ${FAILOVER}`,
    ]);
  });

  it('begins nothing beside what a Sentinel has begun', () => {
    stage.answer(SENTINELS[0], FAILOVER, 'INPROG Failover already in progress\n');
    expect(run()).toEqual(handedOver);
    expect(commands()).not.toContain(`${SENTINELS[1]} ${FAILOVER}`);
  });

  it('leaves it to Sentinels to replace the master once it is gone where a replica is not in step', () => {
    const behind = `slave1:ip=10.0.0.3,port=6379,state=online,offset=50,lag=0`;
    stage.answer(SELF, 'INFO replication', `${master('wait_bgsave')}${behind}\r\n`);
    expect(run()).toEqual(nothing(`not in step: ${REPLICA}:6379`));
    expect(commands()).toEqual([]);
  });

  it('says so where its password is not the right one', () => {
    stage.answer(SELF, 'PING', 'WRONGPASS invalid username-password pair\n');
    expect(run()).toEqual(nothing('writes cannot be held back'));
    expect(commands()).toEqual([]);
  });

  it.each([
    ['it is a replica', 'role:slave\r\nmaster_link_status:up\r\n'],
    ['it has no replica', 'role:master\r\nconnected_slaves:0\r\n'],
    ['it does not answer', ''],
  ])('does nothing where %s', (_, info) => {
    stage.answer(SELF, 'INFO replication', info);
    expect(run()).toEqual({ status: 0, says: [] });
    expect(commands()).toEqual([]);
  });
});
