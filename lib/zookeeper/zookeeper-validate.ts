import { checkCertificate } from '../core/certificates';
import { checkSchedule } from '../core/cron';
import type { Environment } from '../core/environment';
import { checkJvmMemory } from '../core/jvm';
import { checkClusterName } from '../core/names';
import { checkPlacement } from '../core/placement';
import type { Finding } from '../core/problem';
import { OWNED_SETTINGS } from './zookeeper-config';
import type { ZooKeeperModel } from './zookeeper-model';

/** TTL nodes and local sessions use the eighth bit of an id. */
const MAX_ID = 254;

/** Everything that is wrong with an ensemble as it was asked for. */
export function checkZooKeeper(model: ZooKeeperModel, environment: Environment): Finding[] {
  const { props } = model;
  return [
    ...checkClusterName(model.name),
    ...checkMembers(model, environment),
    ...checkCpu(model),
    ...checkJvmMemory('zookeeper/heap', model.memory, props.heap),
    ...checkPlacement(environment, props.placement ?? {}, model.voters),
    ...(props.tls ? checkCertificate('zookeeper/tls', props.tls, environment) : []),
    ...checkTls(model),
    ...checkAuthentication(model, environment),
    ...checkConfiguration(model),
    ...checkBackup(model, environment),
  ];
}

function checkMembers({ voters, props }: ZooKeeperModel, environment: Environment): Finding[] {
  const findings: Finding[] = [];
  if (![1, 3, 5, 7].includes(voters)) {
    const even =
      voters > 0 && voters % 2 === 0 ? ' (an even number tolerates no more failures than one less)' : '';
    const why = voters > 7 ? ' (every write waits for a majority, and reads scale with observers)' : even;
    findings.push({
      code: 'zookeeper/voters',
      message: `voters: ${voters}; an ensemble has 1, 3, 5 or 7 voters${why}; choose one of these`,
    });
  }
  const { observers = 0, founders = voters, firstId = 1 } = props;
  if (!Number.isInteger(observers) || observers < 0) {
    findings.push({
      code: 'zookeeper/observers',
      message: `observers: ${observers}; give a whole number from 0`,
    });
  }
  if (![1, 3, 5, 7].includes(founders) && founders !== voters) {
    findings.push({
      code: 'zookeeper/founders',
      message: `founders: ${founders}; give the number of voters that the ensemble was formed with: 1, 3, 5 or 7`,
    });
  }
  const last = firstId + voters + observers - 1;
  if (!Number.isInteger(firstId) || firstId < 1 || last > MAX_ID) {
    findings.push({
      code: 'zookeeper/ids',
      message: `ids ${firstId} to ${last}; ids lie in 1..${MAX_ID}; lower firstId or the number of members`,
    });
  }
  if (environment.isProduction && voters === 1) {
    findings.push({
      code: 'zookeeper/voters',
      message: `voters: 1 in production stops with its only member; use 3, or give the environment "${environment.name}" durability: 'development'`,
    });
  }
  return findings;
}

function checkCpu({ props }: ZooKeeperModel): Finding[] {
  if (props.cpu === undefined || /^(\d+m|\d+(\.\d{1,3})?)$/.test(props.cpu)) return [];
  const message = `cpu: "${props.cpu}" is not an amount of CPU; write cores ("2", "0.5") or thousandths of one ("250m")`;
  return [{ code: 'zookeeper/cpu', message }];
}

function checkTls({ props, tls }: ZooKeeperModel): Finding[] {
  if (!props.tls || tls.clients !== 'off' || tls.quorum) return [];
  return [
    {
      code: 'zookeeper/tls',
      message: "tls: clients 'off' and quorum false leave nothing to encrypt; leave tls out",
    },
  ];
}

function checkAuthentication({ props }: ZooKeeperModel, environment: Environment): Finding[] {
  const { authentication } = props;
  if (!authentication) return [];
  const { superUser, clients = [], quorum, required, reconfigurers } = authentication;
  const findings = [
    ...(superUser?.check('authentication.superUser', environment) ?? []),
    ...(quorum?.check('authentication.quorum', environment) ?? []),
    ...clients.flatMap((user, index) => user.check(`authentication.clients[${index}]`, environment)),
  ];
  if (required && clients.length === 0) {
    findings.push({
      code: 'zookeeper/authentication',
      message: 'authentication.required locks everybody out without authentication.clients; list the users',
    });
  }
  if (reconfigurers && reconfigurers.length > 0 && clients.length === 0) {
    findings.push({
      code: 'zookeeper/authentication',
      message:
        'authentication.reconfigurers are SASL users and nobody can log in as one without authentication.clients; list the users',
    });
  }
  if (reconfigurers && !superUser) {
    findings.push({
      code: 'zookeeper/authentication',
      message:
        'authentication.reconfigurers are written into the ACL of /zookeeper/config by the super user; set authentication.superUser',
    });
  }
  return findings;
}

function checkConfiguration({ props }: ZooKeeperModel): Finding[] {
  const given = Object.keys(props.configuration ?? {});
  const owned = given.filter((key) => OWNED_SETTINGS.includes(key) || /^(server|group|weight)\./.test(key));
  const findings = owned.map((key) => ({
    code: 'zookeeper/configuration',
    message: `configuration: ${key} follows from other props or would endanger the data; leave it out`,
  }));
  for (const key of given) {
    const value = String(props.configuration?.[key]);
    if (!/^[\w.-]+$/.test(key)) {
      const message = `configuration: ${JSON.stringify(key)} is not the name of a setting; names have letters, digits, ".", "-" and "_"`;
      findings.push({ code: 'zookeeper/configuration', message });
    }
    // zoo.cfg is read as Java properties, where a backslash escapes what follows, be it the end of the line.
    if (/[\r\n\\]/.test(value))
      findings.push({
        code: 'zookeeper/configuration',
        message: `configuration: ${key} holds a line break or a backslash; give one line without`,
      });
  }
  return findings;
}

function checkBackup({ props }: ZooKeeperModel, environment: Environment): Finding[] {
  const findings: Finding[] = [];
  const { backup, restore } = props;
  if (backup) {
    findings.push(...backup.to.check('backup.to', environment));
    findings.push(...(backup.user?.check('backup.user', environment) ?? []));
    findings.push(...checkSchedule('zookeeper/backup', 'backup.schedule', backup.schedule));
    if (!Number.isInteger(backup.keep ?? 28) || (backup.keep ?? 28) < 1) {
      findings.push({
        code: 'zookeeper/backup',
        message: `backup.keep: ${backup.keep}; give a whole number from 1`,
      });
    }
  }
  if (restore) {
    findings.push(...restore.from.check('restore.from', environment));
    if (!/^([\w-][\w.-]*\/)*[\w-][\w.:-]*-snapshot\.[0-9a-f]+$/.test(restore.snapshot)) {
      findings.push({
        code: 'zookeeper/restore',
        message: `restore.snapshot: "${restore.snapshot}" is not the name of a backup; give <time>-snapshot.<zxid>, with its directory in the bucket unless it is the cluster's own`,
      });
    }
  }
  return findings;
}
