import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import type { Api, Following } from './api';
import type { IClaimDraft } from './claimDraft';
import { type ExportKind, exportName, onlyShown, save } from './claimExport';
import {
  exportQuery,
  type IClaimFilter,
  type ISort,
  nextSort,
  NO_FILTER,
  select,
  type Column
} from './claimFilter';
import { ReadingState } from './reading';
import { IProblem, problemOf, RequestError } from './request';
import type { Claim, ClaimPatch, Extraction, ExtractRequest, PaperUsage } from './schemas';

const PATCHES_AT_ONCE = 4;

export type Provider = NonNullable<ExtractRequest['provider']>;

/** The claims of one paper: reading them, looking through them, and a person's word on each. */
export class ClaimsSession implements IDisposable {
  constructor(
    private _api: Api,
    readonly paperId: string
  ) {}

  /** The reading that goes on; null when none does. */
  reading: ReadingState | null = null;
  /** How the claims were read; null before. */
  extraction: Extraction | null = null;
  usage: PaperUsage | null = null;
  problem: IProblem | null = null;
  filter: IClaimFilter = NO_FILTER;
  sort: ISort | null = null;
  selectedId: string | null = null;
  /** Claims that are chosen: for the next plan (none: all that can be run), or for a word on all of them. */
  readonly chosen = new Set<string>();
  /** Corrections that were begun and not sent, by claim. */
  readonly drafts = new Map<string, IClaimDraft>();
  /** Claims whose change is on its way. */
  readonly busy = new Set<string>();

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    this._abort.abort();
    Signal.clearData(this);
  }

  get all(): Claim[] {
    return this.reading?.claims ?? this._claims;
  }

  /** Those that fit the filter, in the order asked for. */
  shown(): readonly Claim[] {
    return select(this.all, this.filter, this.sort);
  }

  async load(): Promise<void> {
    const [list, usage] = await Promise.all([
      this._api.claims(this.paperId),
      this._api.usage(this.paperId)
    ]);
    this._claims = list.claims;
    const known = new Set(list.claims.map(claim => claim.id));
    for (const kept of [this.chosen, this.drafts]) {
      [...kept.keys()].filter(id => !known.has(id)).forEach(id => kept.delete(id));
    }
    this.extraction = list.extraction;
    this.usage = usage;
    this._changed.emit();
    if (list.reading && !this.reading) {
      // Begun before this page was loaded, or by somebody else.
      void this._watch(options => this._api.followExtraction(this.paperId, options));
    }
  }

  /** Resolves to whether the paper was read to its end. */
  read(provider?: Provider): Promise<boolean> {
    return this._watch(options => this._api.extract(this.paperId, provider ?? null, options));
  }

  private async _watch(follow: (options: Following) => Promise<void>): Promise<boolean> {
    if (this.reading) {
      return false;
    }
    let reading = (this.reading = new ReadingState());
    this.problem = null;
    this._changed.emit();
    try {
      await follow({
        signal: this._abort.signal,
        onEvent: event => {
          if (event.seq === 1) {
            // Again from its beginning, after a connection was lost.
            reading = this.reading = new ReadingState();
          }
          reading.apply(event);
          this._announce();
        }
      });
      if (reading.failure) {
        throw RequestError.of(reading.failure);
      }
    } catch (reason) {
      // A reading that ended while nobody was connected has left its claims, or its failure, on the server.
      const over = reason instanceof RequestError && reason.problem.code === 'E_NOT_FOUND';
      this.problem = over ? null : problemOf(reason, this._api.trans);
    }
    try {
      await this.load();
    } catch (reason) {
      this.problem ??= problemOf(reason, this._api.trans);
    }
    this.reading = null;
    this._changed.emit();
    return this.problem === null && !reading.cancelled && !this._disposed;
  }

  /** Ends the reading, a model's answer too; claims of an earlier one stay. */
  async stop(): Promise<void> {
    try {
      await this._api.cancelExtraction(this.paperId);
    } catch (reason) {
      this.problem = problemOf(reason, this._api.trans);
      this._changed.emit();
    }
  }

  /** Resolves to what is wrong with it, or null. */
  async patch(claimId: string, patch: ClaimPatch): Promise<IProblem | null> {
    this.busy.add(claimId);
    this._changed.emit();
    try {
      const changed = await this._api.patchClaim(claimId, patch);
      this._claims = this._claims.map(claim => (claim.id === claimId ? changed : claim));
      return null;
    } catch (reason) {
      return problemOf(reason, this._api.trans);
    } finally {
      this.busy.delete(claimId);
      this._changed.emit();
    }
  }

  /** The same word on many; those that refuse it are told, the others keep it. */
  async patchAll(claimIds: readonly string[], patch: ClaimPatch): Promise<IProblem | null> {
    let first: IProblem | null = null;
    let refused = 0;
    const queue = [...claimIds];
    const work = async () => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        const problem = await this.patch(id, patch);
        refused += problem ? 1 : 0;
        first ??= problem;
      }
    };
    await Promise.all(Array.from({ length: PATCHES_AT_ONCE }, work));
    const told = first as IProblem | null;
    return told && claimIds.length > 1
      ? {
          ...told,
          message: this._api.trans.__(
            '%1 of %2 were refused: %3',
            refused,
            claimIds.length,
            told.message
          )
        }
      : told;
  }

  /** Keeps what is typed when another claim or step is looked at; null: the correction is over. */
  note(claimId: string, draft: IClaimDraft | null): void {
    if (draft) {
      this.drafts.set(claimId, draft);
    } else {
      this.drafts.delete(claimId);
    }
    this._changed.emit();
  }

  choose(claimId: string, chosen: boolean): void {
    this.chooseAll([claimId], chosen);
  }

  chooseAll(claimIds: readonly string[], chosen: boolean): void {
    claimIds.forEach(id => (chosen ? this.chosen.add(id) : this.chosen.delete(id)));
    this._changed.emit();
  }

  /** Chooses all rows between two, both included, in the order that is shown. */
  chooseRange(from: string, to: string): void {
    const ids = this.shown().map(({ id }) => id);
    const [start, end] = [ids.indexOf(from), ids.indexOf(to)].sort((a, b) => a - b);
    if (start >= 0) {
      this.chooseAll(ids.slice(start, end + 1), true);
    }
  }

  /** Those of the chosen that a plan may be about. */
  get plannable(): string[] {
    const rejected = new Set(
      this.all.filter(({ status }) => status === 'rejected').map(({ id }) => id)
    );
    return [...this.chosen].filter(id => !rejected.has(id));
  }

  select(claimId: string): void {
    this.selectedId = claimId;
    this._changed.emit();
  }

  narrow(part: Partial<IClaimFilter>): void {
    this.filter = { ...this.filter, ...part };
    this._changed.emit();
  }

  order(column: Column): void {
    this.sort = nextSort(this.sort, column);
    this._changed.emit();
  }

  /** Saves the claims that are shown as a file; resolves to its name. Raises RequestError. */
  async export(kind: ExportKind, filename: string): Promise<string> {
    const ids = new Set(this.shown().map(claim => claim.id));
    const text = await this._api.exportClaims(this.paperId, kind, exportQuery(this.filter));
    const name = exportName(filename, kind);
    save(onlyShown(text, kind, ids), name);
    return name;
  }

  dismiss(): void {
    this.problem = null;
    this._changed.emit();
  }

  /** At most once in 40 ms, however fast events come. */
  private _announce(): void {
    if (this._due) {
      return;
    }
    this._due = true;
    setTimeout(() => {
      this._due = false;
      this._changed.emit();
    }, 40);
  }

  private _claims: Claim[] = [];
  private readonly _abort = new AbortController();
  private _due = false;
  private _disposed = false;
  private _changed = new Signal<this, void>(this);
}
