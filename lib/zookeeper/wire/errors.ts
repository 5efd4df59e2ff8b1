const CODES = {
  SystemError: -1,
  RuntimeInconsistency: -2,
  DataInconsistency: -3,
  ConnectionLoss: -4,
  MarshallingError: -5,
  Unimplemented: -6,
  OperationTimeout: -7,
  BadArguments: -8,
  UnknownSession: -12,
  NewConfigNoQuorum: -13,
  ReconfigInProgress: -14,
  ApiError: -100,
  NoNode: -101,
  NoAuth: -102,
  BadVersion: -103,
  NoChildrenForEphemerals: -108,
  NodeExists: -110,
  NotEmpty: -111,
  SessionExpired: -112,
  InvalidCallback: -113,
  InvalidAcl: -114,
  AuthFailed: -115,
  SessionMoved: -118,
  NotReadOnly: -119,
  EphemeralOnLocalSession: -120,
  NoWatcher: -121,
  RequestTimeout: -122,
  ReconfigDisabled: -123,
  SessionClosedRequireSaslAuth: -124,
  QuotaExceeded: -125,
  ThrottledOp: -127,
} as const;

/** Why a call failed; `Unknown` stands for a number that ZooKeeper 3.9 does not define. */
export type ZooKeeperErrorCode = keyof typeof CODES | 'Unknown';

const NAMES = new Map<number, ZooKeeperErrorCode>(
  (Object.keys(CODES) as (keyof typeof CODES)[]).map((name) => [CODES[name], name]),
);

/** A call that failed, refused by the server or not answered. */
export class ZooKeeperError extends Error {
  constructor(
    readonly code: ZooKeeperErrorCode,
    detail?: string,
    options?: { readonly cause?: unknown },
  ) {
    super(detail ? `${code}: ${detail}` : code, options);
    this.name = 'ZooKeeperError';
  }

  /** The error for a number in a reply of the server. */
  static of(number: number, detail?: string): ZooKeeperError {
    const code = NAMES.get(number);
    if (code) return new ZooKeeperError(code, detail);
    return new ZooKeeperError('Unknown', [`error ${number}`, detail].filter(Boolean).join(', '));
  }
}

/** Whether the error is of ZooKeeper and has one of the codes. */
export function isZooKeeperError(error: unknown, ...codes: ZooKeeperErrorCode[]): error is ZooKeeperError {
  return error instanceof ZooKeeperError && (codes.length === 0 || codes.includes(error.code));
}
