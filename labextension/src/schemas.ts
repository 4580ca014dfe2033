// Written by `jlpm schemas` from schemas/json/p2n.json; do not edit.

/**
 * What makes two runs of one notebook with one seed differ; each comes with its remedy.
 *
 */
export type DeterminismCode =
  | 'E_DETERMINISM_UNSEEDED_RNG'
  | 'E_DETERMINISM_HASH_ORDER'
  | 'E_DETERMINISM_TIME_DEPENDENT'
  | 'E_DETERMINISM_THREADS'
  | 'E_DETERMINISM_FILESYSTEM_ORDER'
  | 'E_DETERMINISM_UUID'
  | 'E_DETERMINISM_PROCESS_ID'
  | 'E_DETERMINISM_MEMORY_ADDRESS'
  | 'E_DETERMINISM_DATALOADER_WORKERS'
  | 'E_DETERMINISM_GPU'
  | 'E_DETERMINISM_EXTERNAL_INPUT'
  | 'E_DETERMINISM_UNKNOWN';
export type ClaimStatus = 'proposed' | 'confirmed' | 'corrected' | 'rejected';
/**
 * The closed list of error codes; `http_status` binds each to its status.
 *
 */
export type ErrorCode =
  | 'E_BAD_REQUEST'
  | 'E_VALIDATION'
  | 'E_UNAUTHENTICATED'
  | 'E_FORBIDDEN'
  | 'E_NOT_FOUND'
  | 'E_METHOD_NOT_ALLOWED'
  | 'E_CONFLICT'
  | 'E_INTERNAL'
  | 'E_NOT_A_PDF'
  | 'E_PDF_ENCRYPTED'
  | 'E_PDF_EMPTY'
  | 'E_PDF_NO_TEXT'
  | 'E_PDF_DAMAGED'
  | 'E_PDF_TOO_LARGE'
  | 'E_PDF_TIMEOUT'
  | 'E_URL_REFUSED'
  | 'E_URL_UNREACHABLE'
  | 'E_MODEL_NOT_CONFIGURED'
  | 'E_MODEL_UNAVAILABLE'
  | 'E_MODEL_REJECTED'
  | 'E_MODEL_REFUSED'
  | 'E_MODEL_OUTPUT_INVALID'
  | 'E_VECTOR_STORE_INVALID'
  | 'E_POLICY_CAP_EXCEEDED'
  | 'E_NO_CLAIMS'
  | 'E_NOTHING_RUNNABLE'
  | 'E_PLAN_NOT_MATERIALIZED'
  | 'E_PLAN_INVALID'
  | 'E_NOTEBOOK_INVALID'
  | 'E_REQUIREMENTS_UNSATISFIABLE'
  | 'E_REQUIREMENTS_NEED_BUILD'
  | 'E_QUEUE_FULL'
  | 'E_RATE_LIMITED'
  | 'E_RUN_ALREADY_ENDED'
  | 'E_RUN_LOST'
  | 'E_RUN_TIMEOUT'
  | 'E_RUN_CANCELLED'
  | 'E_RUN_NO_METRICS'
  | 'E_RUN_OUTPUT_LOST'
  | 'E_NOTEBOOK_FAILED'
  | 'E_RUN_OOM'
  | 'E_RUN_KERNEL_DIED'
  | 'E_RUN_PROCESS_LIMIT'
  | 'E_RUN_DISK_FULL'
  | 'E_SANDBOX_FAILED'
  | 'E_DATASET_FAILED'
  | 'E_DATASET_INVALID'
  | 'E_DATASET_TOO_LARGE'
  | 'E_ARTIFACT_QUOTA'
  | 'E_UPLOAD_FAILED'
  | 'E_STORY_TOO_FEW_PAGES'
  | 'E_STORY_TOO_MANY_PAGES'
  | 'E_STORY_ALT_TEXT'
  | 'E_STORY_TEXT'
  | 'E_STORY_TOO_HARD'
  | 'E_STORY_UNFOUNDED'
  | 'E_DOCKER_UNAVAILABLE'
  | 'E_IMAGE_UNAVAILABLE'
  | 'E_RAY_UNAVAILABLE'
  | 'E_CLUSTER_MISMATCH'
  | 'E_STORAGE_FULL'
  | 'E_STORE_UNAVAILABLE'
  | 'E_STORE_REJECTED'
  | 'E_STORE_OUTDATED'
  | 'E_BUCKET_MISSING'
  | 'E_OBJECT_REFUSED'
  | 'E_SIGNATURE_INVALID'
  | 'E_SIGNATURE_EXPIRED';
export type VerdictKind = 'reproduced' | 'close' | 'not_reproduced' | 'not_comparable' | 'not_run';
/**
 * Whose method a claim is about.
 *
 */
export type Whose = 'own_method' | 'baseline' | 'not_stated';
/**
 * How near the experiment is to the paper's own; a proxy can never be "reproduced".
 *
 */
export type Fidelity = 'exact' | 'reduced' | 'proxy';
export type ColumnType = 'integer' | 'number' | 'boolean' | 'text' | 'other';
export type RunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'timeout' | 'cancelled';
/**
 * `identical` and `different` speak of the bytes of metrics.json and of nothing else.
 *
 */
export type ValidationStatus = 'running' | 'identical' | 'different' | 'failed' | 'cancelled';
export type Event =
  | EndEvent
  | ErrorEvent
  | LogLineEvent
  | MetricUpdateEvent
  | PlanEvent
  | ProgressEvent
  | ResultEvent
  | SamplePredEvent
  | SpanEvent
  | StageUpdateEvent
  | TokenEvent;
export type Stage =
  | 'queued'
  | 'environment'
  | 'datasets'
  | 'execution'
  | 'upload'
  | 'reading'
  | 'indexing'
  | 'search'
  | 'model'
  | 'checking'
  | 'planning'
  | 'code';
/**
 * `wheels` is the cache of packages that environments are made from: one item, `cache`.
 *
 */
export type StorageKind =
  'run' | 'environment' | 'dataset' | 'upload' | 'paper' | 'image' | 'wheels';
/**
 * What a page is about; a story has each at most once, in this order, and ends with the scoreboard.
 *
 */
export type StoryKind =
  'paper' | 'reading' | 'claim' | 'data' | 'method' | 'plan' | 'run' | 'scoreboard';

export interface Artifact {
  name: string;
  size_bytes: number;
  sha256: string;
  content_type: string;
}
export interface ArtifactList {
  run_id: string;
  artifacts: SignedFile[];
}
export interface SignedFile {
  name: string;
  size_bytes: number;
  sha256: string;
  content_type: string;
  /**
   * signed; relative to the server's root, ends at expires_at
   */
  url: string;
  expires_at: string;
}
/**
 * What the paper does not state, and what was chosen instead.
 *
 */
export interface Assumption {
  subject: string;
  missing: string;
  choice: string;
}
/**
 * How a plan's notebook reads an uploaded dataset.
 *
 */
export interface BoundUpload {
  dataset_id: string;
  filename: string;
  /**
   * of the uploaded file
   */
  sha256: string;
  size_bytes: number;
  /**
   * the file read, relative to the dataset's folder
   */
  path: string;
  format: 'csv' | 'parquet';
  delimiter: string | null;
  rows: number;
  /**
   * at least so many rows have no missing value in a used column
   */
  complete_rows: number;
  target: string;
  features: string[];
  /**
   * text features, one column a value
   */
  encoded: string[];
  /**
   * columns once text features are encoded
   */
  width: number;
  task: 'classification' | 'regression';
  /**
   * empty for regression
   */
  classes: string[];
  same_data: boolean;
}
/**
 * A rectangle on a page in PDF points, origin at the page's top left, y growing downwards.
 *
 */
export interface Box {
  x0: number;
  top: number;
  x1: number;
  bottom: number;
}
/**
 * A likely cause. `certain`: it alone explains what differs; `likely`: the best of several; `possible`: else.
 *
 */
export interface Cause {
  code: DeterminismCode;
  certainty: 'certain' | 'likely' | 'possible';
  message: string;
  remedy: string;
  evidence: CauseEvidence[];
}
export interface CauseEvidence {
  cell: number;
  /**
   * 1-based line of the cell's code
   */
  line: number;
  code: string;
  /**
   * whether what it gives can reach the number that differs first
   */
  reaches: boolean;
}
/**
 * The first code cell whose outputs are not the same, as two of the runs show it.
 *
 */
export interface CellDifference {
  cell: number;
  label: string;
  /**
   * the cell's code; cut where it is very long
   */
  source: string;
  /**
   * 1-based line of the outputs at which they part
   */
  line: number;
  left_run: string;
  right_run: string;
  /**
   * lines of its outputs from a little before `line`
   */
  left: string[];
  right: string[];
}
/**
 * A code cell's outputs in canonical form, hashed, one digest a run in the order of `runs`.
 *
 */
export interface CellDigest {
  /**
   * 0-based index among the notebook's code cells
   */
  cell: number;
  label: string;
  digests: (string | null)[];
}
/**
 * One thing that P2N stands on.
 *
 */
export interface Check {
  name: string;
  status: 'ok' | 'warning' | 'failed' | 'unknown';
  message: string;
  remediation: string;
  url: string | null;
}
/**
 * Where a value stands: the quote holds the value as printed, the box marks it.
 *
 */
export interface Citation {
  /**
   * as the paper says it: "Table 2", "Abstract", "Section 3"
   */
  label: string;
  /**
   * 1-based page of the file
   */
  page: number;
  row_headings: string[];
  column_headings: string[];
  quote: string;
  box: Box;
  region: Box;
}
/**
 * One number that the paper reports as a result.
 *
 */
export interface Claim {
  id: string;
  paper_id: string;
  method: string;
  dataset: string | null;
  split: string | null;
  metric: string;
  /**
   * the number as printed, in `units`
   */
  value: number;
  value_printed: string;
  /**
   * "%" or the printed unit; null where the number has none
   */
  units: string | null;
  direction: ('maximize' | 'minimize') | null;
  uncertainty: Uncertainty | null;
  /**
   * this paper's method, not a baseline
   */
  own_method: boolean | null;
  /**
   * the value also stands in the abstract
   */
  headline: boolean;
  citation: Citation;
  confidence: number;
  /**
   * why this confidence
   */
  reasons: string[];
  /**
   * who found it, first reader first
   */
  readers: string[];
  disagreements: Disagreement[];
  status: ClaimStatus;
  /**
   * what a person said about it
   */
  note: string | null;
  /**
   * what the reader had proposed; with a claim that a person corrected
   */
  proposed: ClaimFacts | null;
  /**
   * when a person changed what it is about; plans made before do not cover it
   */
  corrected_at: string | null;
}
/**
 * What the paper prints beside the value.
 *
 */
export interface Uncertainty {
  kind: 'plus_minus' | 'interval' | 'standard_error' | 'standard_deviation';
  /**
   * half width, in the claim's units
   */
  value: number | null;
  low: number | null;
  high: number | null;
  printed: string;
}
/**
 * Where a second reader says something else of the same number; the claim keeps what the first said.
 *
 */
export interface Disagreement {
  field: 'method' | 'dataset' | 'split' | 'metric' | 'units' | 'direction' | 'own_method';
  reader: string;
  value: string | null;
}
/**
 * What a claim is about, as its reader proposed it.
 *
 */
export interface ClaimFacts {
  method: string;
  dataset: string | null;
  split: string | null;
  metric: string;
  value: number;
  value_printed: string;
  units: string | null;
  direction: ('maximize' | 'minimize') | null;
  own_method: boolean | null;
  uncertainty: Uncertainty | null;
  headline: boolean;
  citation: Citation;
}
/**
 * Those that fit the filters, and how they were read.
 *
 */
export interface ClaimList {
  reader: string | null;
  extraction: Extraction | null;
  claims: Claim[];
  /**
   * claims of the paper before filtering
   */
  total: number;
  /**
   * a reading goes on: GET /papers/{id}/extract follows it
   */
  reading: boolean;
}
/**
 * How the claims of a paper were read the last time.
 *
 */
export interface Extraction {
  /**
   * who read it, first reader first
   */
  readers: string[];
  /**
   * what was asked for
   */
  provider: 'auto' | 'offline' | 'openai';
  /**
   * the model that read; null where none did
   */
  model: string | null;
  claims: number;
  /**
   * left out of the list of papers
   */
  dropped: DroppedClaim[];
  /**
   * what did not work though the reading went on
   */
  notices: ErrorInfo[];
  seconds: number;
  finished_at: string;
}
/**
 * What a model proposed and its page does not show; never kept as a claim.
 *
 */
export interface DroppedClaim {
  /**
   * method, metric and value as proposed
   */
  text: string;
  page: number | null;
  reason: string;
}
/**
 * What went wrong, in words for a person, and what to do next.
 *
 */
export interface ErrorInfo {
  code: ErrorCode;
  message: string;
  remediation: string;
  detail: {
    [k: string]: unknown;
  };
}
/**
 * A person's word on a claim; only the fields given are changed.
 *
 */
export interface ClaimPatch {
  status?: ClaimStatus | null;
  method?: string | null;
  dataset?: string | null;
  split?: string | null;
  metric?: string | null;
  value?: number | null;
  /**
   * as the page prints it; with `value` where that changes
   */
  value_printed?: string | null;
  units?: string | null;
  direction?: ('maximize' | 'minimize') | null;
  own_method?: boolean | null;
  note?: string | null;
}
export interface ClaimVerdict {
  claim: Claim;
  verdict: VerdictKind;
  /**
   * the rule as applied, in words with its numbers
   */
  rule: string;
  whose: Whose;
  /**
   * null where nothing was compared
   */
  claimed: Claimed | null;
  observed: Observed | null;
  /**
   * observed mean minus claimed, in the claim's units
   */
  gap: number | null;
  /**
   * the catalogue's metric that was measured
   */
  metric: string | null;
  /**
   * that metric's own unit: fraction, target, score …
   */
  metric_unit: string | null;
  /**
   * the gap in that unit: 0.01 for one percentage point
   */
  metric_gap: number | null;
  /**
   * between the claimed and the observed range, in the claim's units
   */
  distance: number | null;
  /**
   * how far from the observed mean a claim is still close, in its units
   */
  tolerance: number | null;
  fidelity: Fidelity | null;
  fidelity_reasons: string[];
  /**
   * what the paper leaves unsaid of this claim's experiment
   */
  assumptions: Assumption[];
  justifications: Justification[];
  plan_id: string | null;
  plan_version: number | null;
  experiment: string | null;
  /**
   * their artifacts stand with the report's runs
   */
  run_ids: string[];
  /**
   * pages of the claim, of its contradictions and of what its plan quotes
   */
  pages: number[];
  /**
   * the picture of the printed value; relative to the API's root
   */
  evidence: string | null;
  /**
   * ids of the report's contradictions
   */
  contradictions: string[];
  /**
   * why it was not run, or can't be compared
   */
  reason: string | null;
  notebook_edited: boolean;
}
/**
 * The range that the printed claim stands for, in the claim's own units.
 *
 */
export interface Claimed {
  /**
   * as the page has it, with what is printed beside it
   */
  printed: string;
  low: number;
  high: number;
  /**
   * how the range came about
   */
  words: string;
}
/**
 * What the runs measured, in the claim's own units.
 *
 */
export interface Observed {
  n: number;
  mean: number;
  /**
   * sample standard deviation; null for n = 1
   */
  standard_deviation: number | null;
  /**
   * lower end of the interval that the rule used
   */
  low: number;
  high: number;
  values: number[];
}
/**
 * Why a choice was made: words of the paper that stand on its page.
 *
 */
export interface Justification {
  /**
   * "dataset", "model", "config" or a path such as "config.protocol"
   */
  subject: string;
  quote: Quote;
}
/**
 * Text found verbatim (white space folded) on a page of the paper.
 *
 */
export interface Quote {
  text: string;
  /**
   * 1-based page of the file
   */
  page: number;
  box: Box | null;
}
/**
 * One column, as far as the file tells without being run through a data library.
 *
 */
export interface Column {
  name: string;
  type: ColumnType;
  /**
   * rows without a value; null where unknown
   */
  missing: number | null;
  /**
   * the distinct values, sorted; null where there are many, or none was read
   */
  values: string[] | null;
  /**
   * how many distinct values, counted up to 1000
   */
  distinct: number | null;
}
/**
 * One of the runs that are compared. The run that was asked about is the first, and `original`.
 *
 */
export interface ComparedRun {
  run_id: string;
  original: boolean;
  status: RunStatus;
  node: string | null;
  seconds: number | null;
  /**
   * digest of the bytes of its metrics.json
   */
  metrics_sha256: string | null;
}
/**
 * What the runs left behind, compared.
 *
 */
export interface Comparison {
  /**
   * all have the same bytes of metrics.json
   */
  identical: boolean;
  metrics_compared: number;
  metrics_different: number;
  /**
   * the first 50 that differ, in the order in which cells report them
   */
  metrics: MetricDifference[];
  /**
   * every code cell
   */
  cells: CellDigest[];
  /**
   * the first cell whose outputs differ; also where the metrics are the same, then as a note
   */
  first: CellDifference | null;
  /**
   * likeliest first; none where identical
   */
  causes: Cause[];
}
/**
 * A metric that the runs do not agree on.
 *
 */
export interface MetricDifference {
  name: string;
  split: string;
  dataset: string;
  experiment: string;
  repeat: number;
  step: number | null;
  /**
   * in the order of `runs`; null where a run did not report it
   */
  values: (number | null)[];
  /**
   * the largest value minus the smallest
   */
  spread: number;
}
/**
 * Settings that all experiments of the plan share.
 *
 */
export interface Config {
  framework: string;
  /**
   * first seed; repeat i uses seed + i
   */
  seed: number;
  protocol: Protocol;
  repeats: number;
  /**
   * catalogue names, in order
   */
  preprocessing: string[];
  /**
   * the paper gives the seed, and it means the same here
   */
  seed_stated: boolean;
  /**
   * repeats that a figure of the paper is the mean of; 1 where it gives none
   */
  averaged_over: number;
  /**
   * the class that TPR, FPR and the like are about
   */
  positive_class: string | null;
}
/**
 * How training and test data are parted; "whole" fits and evaluates on all rows, as clustering does.
 *
 * "given": the parts that the data comes in.
 *
 */
export interface Protocol {
  kind: 'holdout' | 'kfold' | 'whole' | 'given';
  test_fraction: number | null;
  /**
   * in place of test_fraction
   */
  test_rows: number | null;
  folds: number | null;
  stratified: boolean;
}
/**
 * One number that the paper itself prints in two ways, further apart than their rounding.
 *
 */
export interface Contradiction {
  id: string;
  kind: 'summary_against_results' | 'table_against_table';
  method: string;
  dataset: string | null;
  split: string | null;
  metric: string;
  places: Printing[];
  /**
   * largest less smallest value, in the first place's units
   */
  difference: number;
  words: string;
}
/**
 * One place of the paper that prints a value.
 *
 */
export interface Printing {
  claim_id: string;
  label: string;
  page: number;
  printed: string;
  /**
   * in the claim's units
   */
  value: number;
  quote: string;
  /**
   * the picture of the place; relative to the API's root
   */
  evidence: string;
}
/**
 * One csv or parquet file of an uploaded dataset.
 *
 */
export interface DataFile {
  /**
   * relative to the dataset's folder
   */
  path: string;
  format: 'csv' | 'parquet';
  size_bytes: number;
  rows: number;
  columns: Column[];
  /**
   * of a csv file
   */
  delimiter: string | null;
}
/**
 * Run the paper's claims about one dataset on an uploaded one.
 *
 */
export interface DatasetBinding {
  dataset_id: string;
  /**
   * the dataset's name in the paper; claims about it become runnable
   */
  stands_for: string;
  /**
   * the column to predict
   */
  target: string;
  /**
   * null: all other columns that can be used
   */
  features: string[] | null;
  /**
   * null: read from the target column, and the plan says so
   */
  task: ('classification' | 'regression') | null;
  /**
   * the target's values; needed only where the file does not tell them (parquet)
   */
  classes: string[] | null;
  /**
   * which file of a zip; null where there is one only
   */
  file: string | null;
  /**
   * the person asserts that this is the paper's own data; else the plan is a proxy
   */
  same_data: boolean;
}
export interface DatasetCreated {
  dataset: UploadedDataset;
  /**
   * false: these bytes were known already
   */
  created: boolean;
}
/**
 * A dataset that a person brought along; the same bytes give the same dataset.
 *
 */
export interface UploadedDataset {
  id: string;
  /**
   * a run finds it at $P2N_DATA/<name>
   */
  name: string;
  filename: string;
  format: 'csv' | 'parquet' | 'zip';
  size_bytes: number;
  sha256: string;
  files: DataFile[];
  /**
   * of its only file; null where there are several
   */
  rows: number | null;
  /**
   * of its only file; empty where there are several
   */
  columns: Column[];
  /**
   * as the person states it
   */
  licence: string;
  /**
   * as the person states it
   */
  source: string;
  created_at: string;
}
/**
 * An uploaded file that a loader reads; `url` is a grant to read this one object (`file://` or https).
 *
 */
export interface DatasetFile {
  filename: string;
  url: string;
  sha256: string;
  size_bytes: number;
}
export interface DatasetList {
  datasets: UploadedDataset[];
}
/**
 * A dataset that the run reads, as the catalogue's loader fetches and checks it.
 *
 */
export interface DatasetMount {
  /**
   * mounted at $P2N_DATA/<name>
   */
  name: string;
  /**
   * Python source run in the datasets container; writes below $P2N_DATA
   */
  loader: string;
  /**
   * expected digest of the data, where known
   */
  sha256: string | null;
  /**
   * where no digest is known: the first fetch's is kept under this name, and later fetches must equal it
   */
  recorded_as: string | null;
  needs_network: boolean;
  /**
   * the loader imports packages; false: the image's own Python runs it
   */
  needs_environment: boolean;
  /**
   * copied into the datasets container, where $P2N_SOURCE names it
   */
  file: DatasetFile | null;
}
/**
 * The data, by its name in the catalogue, or a person's own.
 *
 */
export interface DatasetSpec {
  /**
   * key in the catalogue, or the upload's name
   */
  name: string;
  title: string;
  /**
   * the paper's words for the split
   */
  split: string | null;
  source: string;
  licence: string;
  subset: string | null;
  named_in_paper_as: string;
  /**
   * a person's own data, and how it is read
   */
  uploaded: BoundUpload | null;
}
/**
 * n runs of what one run executed, and what came of comparing them with it.
 *
 */
export interface DeterminismValidation {
  id: string;
  run_id: string;
  plan_id: string | null;
  status: ValidationStatus;
  /**
   * runs made for it, beside the original
   */
  wanted: number;
  runs: ComparedRun[];
  created_at: string;
  ended_at: string | null;
  comparison: Comparison | null;
  /**
   * why nothing could be compared
   */
  error: ErrorInfo | null;
}
export interface Doctor {
  version: string;
  checks: Check[];
}
/**
 * The last event of a stream.
 *
 */
export interface End {
  status: RunStatus;
  error: ErrorInfo | null;
  artifacts: Artifact[];
  node: string | null;
  seconds: number | null;
}
export interface EndEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'end';
  payload: End;
}
/**
 * The one body of every failed request.
 *
 */
export interface ErrorBody {
  error: ErrorInfo;
}
export interface ErrorEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'error';
  payload: ErrorInfo;
}
export interface LogLineEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'log_line';
  payload: LogLine;
}
/**
 * 1 to 256 whole lines of one stream.
 *
 */
export interface LogLine {
  stream: 'stdout' | 'stderr' | 'system';
  cell: number | null;
  lines: string[];
  /**
   * output was cut here: the bound was reached
   */
  truncated: boolean;
}
export interface MetricUpdateEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'metric_update';
  payload: MetricUpdate;
}
/**
 * A number reported by the notebook (application/vnd.p2n.metric+json).
 *
 * Only name and value are needed; metrics with equal names but for `step` are a series, drawn as a curve.
 *
 */
export interface MetricUpdate {
  name: string;
  value: number;
  split: string;
  dataset: string;
  experiment: string;
  repeat: number;
  step: number | null;
}
/**
 * Planning: the plan as it was stored.
 *
 */
export interface PlanEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'plan';
  payload: Plan;
}
/**
 * A stored plan; `env_hash` is null until it is materialized.
 *
 * An edit makes a new plan beside the old one, with its `parent` and the next version of that lineage.
 *
 */
export interface Plan {
  id: string;
  paper_id: string;
  /**
   * 1 and up within a lineage of edits
   */
  version: number;
  /**
   * the plan that this one was edited from
   */
  parent: string | null;
  /**
   * who made it: a planner's name, or "person"
   */
  planner: string;
  /**
   * the person's name, where the server knows one
   */
  author: string | null;
  body: PlanBody;
  created_at: string;
  env_hash: string | null;
  image_digest: string | null;
  python_version: string | null;
  notebook_sha256: string | null;
  notebook_edited: boolean;
}
/**
 * Plan v1.1 as an agent writes it and a person may edit it.
 *
 */
export interface PlanBody {
  version: '1.1';
  dataset: DatasetSpec;
  config: Config;
  experiments: Experiment[];
  visualizations: string[];
  /**
   * the plan in plain sentences
   */
  explain: string[];
  justifications: Justification[];
  assumptions: Assumption[];
  unplanned: UnplannedClaim[];
  estimated_runtime_minutes: number;
  /**
   * from the catalogue's licence, never assumed
   */
  license_compliant: boolean;
  policy: Policy;
}
/**
 * One method on the plan's dataset.
 *
 */
export interface Experiment {
  id: string;
  model: ModelSpec;
  config: TrainingConfig;
  metrics: MetricSpec[];
  justifications: Justification[];
  fidelity: Fidelity;
  fidelity_reasons: string[];
  estimated_seconds: number;
}
/**
 * A method by its name in the catalogue, with the parameters that the notebook sets.
 *
 */
export interface ModelSpec {
  name: string;
  variant: string | null;
  parameters: {
    [k: string]: unknown;
  };
  named_in_paper_as: string;
  /**
   * code for a method that the catalogue does not have (name: generated)
   */
  generated: GeneratedCode | null;
}
/**
 * A function (X_train, y_train, X_test, seed) -> predictions that a language model wrote.
 *
 */
export interface GeneratedCode {
  /**
   * Python; checked again before each use
   */
  source: string;
  /**
   * the model's name
   */
  written_by: string;
  /**
   * answers that it took until the code ran on a part of the data
   */
  attempts: number;
}
/**
 * Settings of one experiment; null where the method has no such setting.
 *
 */
export interface TrainingConfig {
  epochs: number | null;
  batch_size: number | null;
  learning_rate: number | null;
  optimizer: string | null;
  /**
   * in place of the plan's
   */
  preprocessing: string[] | null;
  /**
   * in place of the plan's
   */
  repeats: number | null;
}
/**
 * One claimed number that the experiment will compute.
 *
 */
export interface MetricSpec {
  /**
   * key in the catalogue: one implementation
   */
  name: string;
  split: string;
  claim_id: string;
  /**
   * the claimed value in the metric's own unit (fractions, not percent)
   */
  goal: number;
  /**
   * how far off is still close, in the metric's own unit
   */
  tolerance: number;
  direction: 'maximize' | 'minimize';
}
/**
 * A claim left out, with the reason.
 *
 */
export interface UnplannedClaim {
  claim_id: string;
  reason:
    | 'other_dataset'
    | 'dataset_unknown'
    | 'dataset_not_stated'
    | 'dataset_unavailable'
    | 'method_unknown'
    | 'metric_unknown'
    | 'split_not_reproducible'
    | 'over_budget'
    | 'licence'
    | 'rejected_by_person';
  message: string;
}
export interface Policy {
  /**
   * deadline of the whole run
   */
  budget_minutes: number;
  max_retries: number;
}
export interface ProgressEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'progress';
  payload: Progress;
}
/**
 * Units done of a total: cells of a notebook, pages of a paper.
 *
 */
export interface Progress {
  done: number;
  total: number;
  unit: 'cell' | 'page';
  /**
   * 0-based index among the notebook's code cells
   */
  cell: number | null;
  state: 'started' | 'completed' | 'failed';
  label: string;
}
/**
 * Extraction: a claim whose value was found on its page; with a known id, the claim as a second reader left it.
 *
 */
export interface ResultEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'result';
  payload: Claim;
}
export interface SamplePredEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'sample_pred';
  payload: SamplePrediction;
}
/**
 * A few expected and predicted values, to see the model at work.
 *
 */
export interface SamplePrediction {
  experiment: string;
  items: {
    [k: string]: unknown;
  }[];
}
/**
 * A moment within a span: a stage that began, an exception.
 *
 */
export interface SpanEvent {
  name: string;
  /**
   * from the trace's begin
   */
  offset_seconds: number;
  attributes: {
    [k: string]: unknown;
  };
}
export interface StageUpdateEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'stage_update';
  payload: StageUpdate;
}
export interface StageUpdate {
  stage: Stage;
  state: 'started' | 'completed' | 'failed';
  message: string;
  /**
   * time the stage took; with completed or failed
   */
  seconds: number | null;
  /**
   * nothing had to be done
   */
  cached: boolean | null;
}
/**
 * Extraction or planning with a model: text as it is written.
 *
 */
export interface TokenEvent {
  /**
   * from 1, no gap, no repeat, per stream
   */
  seq: number;
  ts: string;
  type: 'token';
  payload: Token;
}
export interface Token {
  text: string;
}
/**
 * Which reader; null: as the server is set up.
 *
 */
export interface ExtractRequest {
  provider: ('auto' | 'offline' | 'openai') | null;
}
/**
 * A word of the story, explained as for a child.
 *
 */
export interface GlossaryEntry {
  word: string;
  meaning: string;
}
export interface Health {
  status: 'ok';
  version: string;
}
/**
 * A picture of `url`: image/svg+xml without scripts or references to elsewhere, to be shown as an image.
 *
 */
export interface Illustration {
  /**
   * relative to the API's root; another picture has another URL
   */
  url: string;
  sha256: string;
  /**
   * in CSS pixels
   */
  width: number;
  height: number;
  /**
   * "p2n", or the image model that painted what stands in the frame
   */
  artist: string;
}
/**
 * One request to a model. While `open`, `cost_usd` is the most that it can cost, so that a call that
 * nobody saw the end of counts against the cap.
 *
 */
export interface ModelCall {
  id: string;
  paper_id: string;
  agent: 'extractor' | 'planner' | 'coder' | 'storyteller';
  model: string;
  at: string;
  outcome: 'open' | 'completed' | 'incomplete' | 'refused' | 'failed';
  response_id: string | null;
  input_tokens: number;
  /**
   * of the input tokens
   */
  cached_tokens: number;
  output_tokens: number;
  /**
   * file searches that the model made
   */
  searches: number;
  /**
   * by the prices that were set when the call was made
   */
  cost_usd: number;
  seconds: number | null;
}
/**
 * A person's own notebook, run like a plan's.
 *
 */
export interface NotebookRunRequest {
  /**
   * nbformat 4 document, of a Python kernel
   */
  notebook: {
    [k: string]: unknown;
  };
  /**
   * for people
   */
  name: string;
  /**
   * requirements.txt, a package a line; absent: the catalogue's standard stack
   */
  requirements: string | null;
  /**
   * names in the catalogue, ids or names of uploads
   */
  datasets: string[];
  /**
   * deadline of the whole run
   */
  budget_minutes: number;
  seed: number;
}
export interface NotebookUpdate {
  /**
   * nbformat 4 document
   */
  notebook: {
    [k: string]: unknown;
  };
}
/**
 * An ingested PDF; the same bytes are the same paper.
 *
 */
export interface Paper {
  id: string;
  sha256: string;
  title: string;
  filename: string;
  size_bytes: number;
  pages: number;
  source_url: string | null;
  created_at: string;
  /**
   * who extracted the claims; null before extraction
   */
  reader: string | null;
  claim_count: number;
  /**
   * null before extraction
   */
  extraction: Extraction | null;
}
export interface PaperCreated {
  paper: Paper;
  /**
   * false: these bytes were known already
   */
  created: boolean;
}
export interface PaperFromUrl {
  url: string;
}
export interface PaperList {
  papers: Paper[];
}
/**
 * What models have cost for one paper, and what they may.
 *
 */
export interface PaperUsage {
  calls: ModelCall[];
  spent_usd: number;
  /**
   * null: no cap
   */
  cap_usd: number | null;
}
export interface PaperVerification {
  paper_id: string;
  pdf_exists: boolean;
  checksum_matches: boolean;
  claims_extracted: boolean;
  /**
   * the provider's index of the paper is there; null where none was made
   */
  index_exists: boolean | null;
}
export interface PlanAssets {
  plan_id: string;
  env_hash: string;
  files: SignedFile[];
}
/**
 * A whole plan v1.1, written or edited by a person.
 *
 */
export interface PlanImport {
  plan: PlanBody;
  /**
   * the paper's plan that it was edited from
   */
  parent: string | null;
}
export interface PlanList {
  plans: Plan[];
}
/**
 * Empty claim_ids: every claim that can be run.
 *
 */
export interface PlanRequest {
  claim_ids?: string[];
  budget_minutes?: number;
  /**
   * run the claims about one of the paper's datasets on an uploaded one
   */
  dataset?: DatasetBinding | null;
  /**
   * who plans: rules alone, or a model too; null: as the server is set
   */
  provider?: ('auto' | 'offline' | 'openai') | null;
}
/**
 * A plan behind the report: which version of it, who made it, and from which plan.
 *
 */
export interface PlanVersion {
  id: string;
  version: number;
  parent: string | null;
  planner: string;
  author: string | null;
  created_at: string;
  env_hash: string | null;
  image_digest: string | null;
  python_version: string | null;
  /**
   * its runs in the report, newest first
   */
  runs: string[];
  /**
   * claims judged from this version
   */
  verdicts: number;
}
/**
 * How hard a page's text is to read.
 *
 * Flesch-Kincaid grade level: 0.39 · words / sentences + 11.8 · syllables / words − 15.59. Names that the paper or the
 * catalogue gives stand between “ and ” in the text; they were taken out before it was counted, and are listed in `names`. A
 * number in digits is one word of one syllable.
 *
 */
export interface Readability {
  formula: 'flesch_kincaid_grade';
  /**
   * rounded to 2 digits; may be below 0 for very plain text
   */
  grade: number;
  words: number;
  sentences: number;
  syllables: number;
  /**
   * left out of the count
   */
  names: string[];
}
export interface Report {
  paper_id: string;
  title: string;
  created_at: string;
  reader: string;
  /**
   * the general rule, in words
   */
  rule: string;
  verdicts: ClaimVerdict[];
  counts: {
    [k: string]: number;
  };
  /**
   * the same, for the paper's own methods and for its baselines
   */
  counts_by_method: {
    [k: string]: {
      [k: string]: number;
    };
  };
  contradictions: Contradiction[];
  assumptions: Assumption[];
  justifications: Justification[];
  /**
   * newest first
   */
  plans: PlanVersion[];
  runs: Run[];
}
/**
 * One execution of a materialized plan, or of a person's own notebook (then there is no plan and no paper).
 *
 */
export interface Run {
  id: string;
  plan_id: string | null;
  paper_id: string | null;
  /**
   * for people: the paper's title, or the notebook's name
   */
  title: string;
  env_hash: string;
  image_digest: string;
  status: RunStatus;
  /**
   * the notebook that it runs
   */
  notebook_sha256: string | null;
  /**
   * a person's notebook, not the plan's own
   */
  notebook_edited: boolean;
  attempt: number;
  rerun_of: string | null;
  /**
   * the determinism validation that it was made for; no evidence of its own
   */
  validation_id: string | null;
  /**
   * deadline of the whole run
   */
  budget_seconds: number | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  /**
   * from start to end, whole run
   */
  duration_seconds: number | null;
  cancel_requested_at: string | null;
  node: string | null;
  error: ErrorInfo | null;
  artifacts: Artifact[];
  /**
   * newest event that the server has kept
   */
  last_seq: number;
  /**
   * by which an OpenTelemetry backend knows the run's trace
   */
  trace_id: string | null;
}
/**
 * Runs that fit all that is given.
 *
 */
export interface RunDeletionFilter {
  /**
   * empty: any
   */
  status: RunStatus[];
  /**
   * since they were created
   */
  older_than_days: number | null;
  paper_id: string | null;
}
/**
 * Either run_ids or a filter.
 *
 */
export interface RunDeletionRequest {
  run_ids: string[];
  filter: RunDeletionFilter | null;
}
export interface RunDeletionResult {
  deleted: string[];
  kept: RunKept[];
  bytes_freed: number;
}
export interface RunKept {
  run_id: string;
  reason: ErrorInfo;
}
/**
 * The data of a stream's event `gone`: this run gives no more events, the others of the stream go on.
 *
 */
export interface RunGone {
  run_id: string;
  error: ErrorInfo;
}
/**
 * What one run executes, fixed when it is queued: later edits of a plan's notebook can't reach it.
 *
 */
export interface RunInputs {
  /**
   * nbformat 4 JSON
   */
  notebook: string;
  requirements_lock: string;
  python_version: string;
  datasets: DatasetMount[];
  seed: number;
  requires_metrics: boolean;
}
export interface RunList {
  runs: Run[];
  /**
   * how many the filters match, whatever the page
   */
  total: number;
}
/**
 * All that a worker gets to know; it needs no server, no database and no key.
 *
 */
export interface RunSpec {
  run_id: string;
  plan_id: string | null;
  paper_id: string | null;
  env_hash: string;
  image_digest: string;
  python_version: string;
  requirements_lock: string;
  /**
   * nbformat 4 JSON
   */
  notebook: string;
  datasets: DatasetMount[];
  budget_seconds: number;
  seed: number;
  /**
   * seq of the worker's first event
   */
  first_seq: number;
  grants: UploadGrant[];
  requires_metrics: boolean;
  /**
   * compared with others of its kind: no standby container, and another node where there is one
   */
  independent: boolean;
  /**
   * folder of wheels that the worker's node sees
   */
  wheel_dir: string | null;
  /**
   * packages come from folders of wheels only
   */
  offline: boolean;
  /**
   * the span that hands the run over (W3C Trace Context)
   */
  traceparent: string | null;
  /**
   * regular expressions of what is also taken out of telemetry and errors
   */
  redact_patterns: string[];
  /**
   * secrets are taken out of the notebook's own lines too
   */
  redact_output: boolean;
}
/**
 * Leave to write one artifact of one run, and nothing else.
 *
 * `url` is `file://` for the embedded store, or a signed https upload URL.
 *
 */
export interface UploadGrant {
  name: string;
  url: string;
}
/**
 * All spans of one run that have reached this server.
 *
 */
export interface RunTrace {
  run_id: string;
  /**
   * by which an OpenTelemetry backend knows it; null: nothing was recorded
   */
  trace_id: string | null;
  /**
   * the run has ended and every span with it
   */
  complete: boolean;
  begin: string | null;
  /**
   * from the first begin to the last end
   */
  seconds: number | null;
  spans: TraceSpan[];
}
/**
 * One piece of work of one process.
 *
 */
export interface TraceSpan {
  span_id: string;
  /**
   * null, or a span that another system recorded, at the root
   */
  parent_id: string | null;
  /**
   * of the tree; spans stand in its order, a child behind its parent
   */
  depth: number;
  name: string;
  /**
   * server, cli, bridge, dispatcher or worker
   */
  process: string;
  start: string;
  /**
   * from the trace's begin; clocks of two nodes may differ
   */
  offset_seconds: number;
  /**
   * null while it goes on
   */
  seconds: number | null;
  /**
   * lost: its process ended before it; open: it goes on
   */
  status: 'ok' | 'error' | 'lost' | 'open';
  /**
   * of an error
   */
  message: string;
  attributes: {
    [k: string]: unknown;
  };
  events: SpanEvent[];
}
/**
 * `items` holds the largest thousand; `measuring`: sizes on the Docker Engine are being looked up, ask again.
 *
 */
export interface Storage {
  groups: StorageGroup[];
  items: StorageItem[];
  measured_at: string | null;
  measuring: boolean;
  /**
   * free where the data folder lies
   */
  free_bytes: number;
  /**
   * free where the Docker Engine keeps things
   */
  engine_free_bytes: number | null;
  /**
   * why a part is missing here, such as a Docker Engine that is away
   */
  problem: string;
}
/**
 * One kind. A file that several environments share counts once here, and for each of them in its item.
 *
 */
export interface StorageGroup {
  kind: StorageKind;
  count: number;
  size_bytes: number | null;
}
export interface StorageItem {
  kind: StorageKind;
  id: string;
  label: string;
  /**
   * on disk; null where not measured yet
   */
  size_bytes: number | null;
  created_at: string | null;
  last_used_at: string | null;
  /**
   * can't be removed now
   */
  in_use: boolean;
}
export interface StorageDeletion {
  items: StorageKey[];
}
export interface StorageKey {
  kind: StorageKind;
  id: string;
}
export interface StorageKept {
  kind: StorageKind;
  id: string;
  reason: string;
}
/**
 * `freed_bytes`: what cached wheels or other environments share with an environment comes free with them only.
 *
 */
export interface StorageRemoval {
  deleted: StorageKey[];
  kept: StorageKept[];
  freed_bytes: number;
}
/**
 * One thing that the story may say, and where it comes from. Every number and name of a page stands in one of its facts.
 *
 */
export interface StoryFact {
  /**
   * within the storyboard
   */
  id: string;
  source: 'paper' | 'claim' | 'catalogue' | 'plan' | 'run' | 'report';
  text: string;
  /**
   * quoted from the paper or the catalogue; the reading level leaves them out
   */
  names: string[];
  claim_id: string | null;
  plan_id: string | null;
  run_id: string | null;
}
export interface StoryPage {
  number: number;
  kind: StoryKind;
  title: string;
  /**
   * paragraphs are parted by an empty line
   */
  text: string;
  alt_text: string;
  illustration: Illustration;
  /**
   * ids of the storyboard's facts that it is made from
   */
  facts: string[];
  readability: Readability;
  /**
   * "offline", or the model that wrote it
   */
  author: string;
}
/**
 * Who tells it; null: as the server is set up.
 *
 */
export interface StoryRequest {
  provider: ('auto' | 'offline' | 'openai') | null;
}
/**
 * The story of one paper. The same facts give the same pages.
 *
 */
export interface Storyboard {
  id: string;
  paper_id: string;
  /**
   * the paper's, as it is printed
   */
  title: string;
  /**
   * grows with each change
   */
  version: number;
  /**
   * "offline", or the model that wrote pages of it
   */
  author: string;
  created_at: string;
  /**
   * when its pages were last made anew
   */
  refreshed_at: string;
  pages: StoryPage[];
  glossary: GlossaryEntry[];
  facts: StoryFact[];
  /**
   * what did not work though the story was told
   */
  notices: ErrorInfo[];
  /**
   * claims, plans or runs have changed since: POST …/refresh brings it up to date
   */
  stale: boolean;
}
export interface ValidationRequest {
  runs: number;
}
/**
 * What `P2NApp.webhook_url` is sent; the same delivery may come more than once, with the same id.
 *
 */
export interface WebhookBody {
  event: 'run.ended';
  delivery_id: string;
  run: Run;
}
