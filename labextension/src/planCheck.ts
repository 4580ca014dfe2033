import type { TranslationBundle } from '@jupyterlab/translation';
import type { ErrorObject, ValidateFunction } from 'ajv';
import Ajv2020 from 'ajv/dist/2020';
import { findNodeAtLocation, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';

import type { IContract } from './api';
import type { IProblem } from './request';

/** What is wrong with a plan's JSON, and where it stands in the text. */
export interface IFault {
  /** Offsets in the text. */
  from: number;
  to: number;
  /** From 1. */
  line: number;
  /** As people write it: experiments[0].config.epochs; empty for the whole. */
  where: string;
  message: string;
}

const MAX_FAULTS = 50;
const STRICT = { disallowComments: true, allowTrailingComma: false };

export type PlanCheck = (text: string) => IFault[];

/** Checks the text of a plan against the contract's own schema of plans, as the server describes it. */
export function planCheck(contract: IContract, trans: TranslationBundle): PlanCheck {
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
  ajv.addSchema(contract, 'api');
  const validate = ajv.compile({ $ref: 'api#/components/schemas/PlanBody' });
  return text => faultsOf(text, validate, trans);
}

/** Why a text is no JSON; none where it is. */
export function syntaxFaults(text: string, trans: TranslationBundle): IFault[] {
  const errors: ParseError[] = [];
  parseTree(text, errors, STRICT);
  const names = syntaxNames(trans);
  return errors.slice(0, MAX_FAULTS).map(({ error, offset, length }) => ({
    ...span(text, offset, offset + length),
    where: '',
    message: names[printParseErrorCode(error)] ?? trans.__('this is no JSON')
  }));
}

function faultsOf(text: string, validate: ValidateFunction, trans: TranslationBundle): IFault[] {
  const faults = syntaxFaults(text, trans);
  if (faults.length > 0) {
    return faults;
  }
  if (validate(JSON.parse(text))) {
    return [];
  }
  return told(validate.errors ?? [])
    .slice(0, MAX_FAULTS)
    .map(error => {
      const path = segments(error.instancePath, '/');
      const extra = (error.params as { additionalProperty?: string }).additionalProperty;
      const at = extra === undefined ? path : [...path, extra];
      return { ...placeOf(text, at), where: named(at), message: messageOf(error, trans) };
    });
}

/** The places of what the server refuses: `plan.experiments.0.metrics.1.claim_id`. */
export function refusedPlaces(text: string, problem: IProblem): IFault[] {
  const { problems } = (problem.detail ?? {}) as {
    problems?: { where: string; problem: string }[];
  };
  return (problems ?? []).map(({ where, problem: message }) => {
    const path = segments(where, '.');
    const inPlan = path[0] === 'plan' ? path.slice(1) : path;
    return { ...placeOf(text, inPlan), where: named(inPlan), message };
  });
}

/** Where a value stands in a text; what holds it, where it is not there itself. */
export function placeOf(
  text: string,
  path: readonly (string | number)[]
): Pick<IFault, 'from' | 'to' | 'line'> {
  const root = parseTree(text, [], STRICT);
  for (let length = path.length; root && length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node) {
      // The name before the value says more than the brace that it may begin with.
      const name = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
      const from = name?.offset ?? node.offset;
      const end = node.offset + node.length;
      const lineEnd = text.indexOf('\n', from);
      return span(text, from, lineEnd < 0 ? end : Math.min(end, lineEnd));
    }
  }
  return span(text, 0, 1);
}

function span(text: string, from: number, to: number): Pick<IFault, 'from' | 'to' | 'line'> {
  const start = Math.min(from, text.length);
  return {
    from: start,
    to: Math.min(text.length, Math.max(to, start)),
    line: text.slice(0, start).split('\n').length
  };
}

/** Without what only says that one of several shapes had to fit, where the shapes' own words are there too. */
function told(errors: readonly ErrorObject[]): ErrorObject[] {
  const inner = errors.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'oneOf');
  const places = new Map<string, ErrorObject>();
  for (const error of inner) {
    const { additionalProperty = '', missingProperty = '' } = error.params as Record<
      string,
      string | undefined
    >;
    const key = [error.instancePath, additionalProperty, missingProperty].join(' ');
    // "must be null" beside "must be number": the first says what was meant.
    places.set(key, places.get(key) ?? error);
  }
  return [...places.values()];
}

function messageOf(
  { keyword, message = '', params }: ErrorObject,
  trans: TranslationBundle
): string {
  const given = params as Record<string, unknown>;
  switch (keyword) {
    case 'additionalProperties':
      return trans.__('there is no field “%1”', String(given.additionalProperty));
    case 'required':
      return trans.__('the field “%1” is missing', String(given.missingProperty));
    case 'enum':
      return trans.__('must be one of %1', listed(given.allowedValues as unknown[]));
    case 'const':
      return trans.__('must be %1', JSON.stringify(given.allowedValue));
    case 'type':
      return trans.__('must be of the type %1', [given.type].flat().join(', '));
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return trans.__('must be %1 %2', String(given.comparison), String(given.limit));
    case 'minLength':
      return trans.__('must have at least %1 characters', String(given.limit));
    case 'maxLength':
      return trans.__('must have at most %1 characters', String(given.limit));
    case 'minItems':
      return trans.__('must have at least %1 entries', String(given.limit));
    case 'maxItems':
      return trans.__('must have at most %1 entries', String(given.limit));
    case 'pattern':
      return trans.__('must fit the pattern %1', String(given.pattern));
    default:
      return trans.__('does not fit the schema of plans (%1)', message);
  }
}

function segments(path: string, separator: '/' | '.'): (string | number)[] {
  return path
    .split(separator)
    .filter(part => part !== '')
    .map(part => (separator === '/' ? part.replace(/~1/g, '/').replace(/~0/g, '~') : part))
    .map(part => (/^\d+$/.test(part) ? Number(part) : part));
}

function named(path: readonly (string | number)[]): string {
  return path
    .map(part => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

function listed(values: readonly unknown[]): string {
  return values.map(value => JSON.stringify(value)).join(', ');
}

/** What jsonc-parser finds wrong, by its own names. */
function syntaxNames(trans: TranslationBundle): Record<string, string | undefined> {
  return {
    InvalidSymbol: trans.__('invalid symbol'),
    InvalidNumberFormat: trans.__('invalid number'),
    PropertyNameExpected: trans.__('property name expected'),
    ValueExpected: trans.__('value expected'),
    ColonExpected: trans.__('colon expected'),
    CommaExpected: trans.__('comma expected'),
    CloseBraceExpected: trans.__('closing brace expected'),
    CloseBracketExpected: trans.__('closing bracket expected'),
    EndOfFileExpected: trans.__('nothing more expected'),
    InvalidCommentToken: trans.__('JSON has no comments'),
    UnexpectedEndOfComment: trans.__('a comment does not end'),
    UnexpectedEndOfString: trans.__('a text does not end'),
    UnexpectedEndOfNumber: trans.__('a number does not end'),
    InvalidUnicode: trans.__('invalid Unicode escape'),
    InvalidEscapeCharacter: trans.__('invalid escape'),
    InvalidCharacter: trans.__('invalid character')
  };
}
