/** A line of redis.conf, quoted where it has to be. https://redis.io/docs/latest/operate/oss_and_stack/management/config/ */
export function confLine(key: string, ...values: readonly (string | number)[]): string {
  return [key, ...values.map((value) => quoted(String(value)))].join(' ');
}

function quoted(value: string): string {
  if (/^[!$-&(-[\]-~]+$/.test(value)) return value;
  const escaped = Array.from(Buffer.from(value), (byte) => {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === '\\') return `\\${char}`;
    return byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, '0')}` : char;
  });
  return `"${escaped.join('')}"`;
}

/** A whole redis.conf: where a setting stands more than once, the last one counts. */
export function redisConf(parts: {
  readonly fixed: string;
  readonly live: string;
  readonly own: readonly string[];
}): string {
  return `${[parts.fixed.trimEnd(), parts.live.trimEnd(), ...parts.own].filter(Boolean).join('\n')}\n`;
}

/**
 * What a server keeps as it ran on last, whatever is wanted now: whether it has a log. It would start with what the log had,
 * or without what it has; a server that runs is told to write one, or none, and has lost nothing then.
 */
export function keptLines(lastConf: string | undefined): string[] {
  const log = lastConf === undefined ? undefined : settingOf(lastConf, 'appendonly');
  return log ? [confLine('appendonly', ...log)] : [];
}

/** Values of a setting as the last line of its kind has them; undefined: there is none. Quotes are left out. */
export function settingOf(conf: string, key: string): readonly string[] | undefined {
  const lines = conf.split('\n').map((line) => line.trim().split(/\s+/));
  const found = lines.filter(([name]) => name.toLowerCase() === key).pop();
  return found?.slice(1).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}
