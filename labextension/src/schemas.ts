// Written by `jlpm schemas` from schemas/json/p2n.json; do not edit.

export type ClaimStatus = 'proposed' | 'confirmed' | 'corrected' | 'rejected';
export type VerdictKind = 'reproduced' | 'close' | 'not_reproduced' | 'not_comparable' | 'not_run';
/**
 * How near the experiment is to the paper's own; a proxy can never be "reproduced".
 *
 */
export type Fidelity = 'exact' | 'reduced' | 'proxy';
export type RunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'timeout' | 'cancelled';
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
  | 'E_NO_CLAIMS'
  | 'E_NOTHING_RUNNABLE'
  | 'E_PLAN_NOT_MATERIALIZED'
  | 'E_NOTEBOOK_INVALID'
  | 'E_REQUIREMENTS_UNSATISFIABLE'
  | 'E_REQUIREMENTS_NEED_BUILD'
  | 'E_QUEUE_FULL'
  | 'E_RUN_ALREADY_ENDED'
  | 'E_RUN_LOST'
  | 'E_RUN_TIMEOUT'
  | 'E_RUN_CANCELLED'
  | 'E_RUN_NO_METRICS'
  | 'E_RUN_OUTPUT_LOST'
  | 'E_NOTEBOOK_FAILED'
  | 'E_OUT_OF_MEMORY'
  | 'E_SANDBOX_FAILED'
  | 'E_DATASET_FAILED'
  | 'E_ARTIFACT_QUOTA'
  | 'E_UPLOAD_FAILED'
  | 'E_DOCKER_UNAVAILABLE'
  | 'E_IMAGE_UNAVAILABLE'
  | 'E_RAY_UNAVAILABLE'
  | 'E_SIGNATURE_INVALID'
  | 'E_SIGNATURE_EXPIRED';
export type Event =
  | EndEvent
  | ErrorEvent
  | LogLineEvent
  | MetricUpdateEvent
  | ProgressEvent
  | ResultEvent
  | SamplePredEvent
  | StageUpdateEvent
  | TokenEvent;
export type Stage = 'queued' | 'environment' | 'datasets' | 'execution' | 'upload' | 'reading';

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
  status: ClaimStatus;
  /**
   * what a person said about it
   */
  note: string | null;
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
export interface ClaimList {
  reader: string | null;
  claims: Claim[];
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
  units?: string | null;
  note?: string | null;
}
export interface ClaimVerdict {
  claim: Claim;
  verdict: VerdictKind;
  /**
   * the rule as applied, in words with its numbers
   */
  rule: string;
  observed: Observed | null;
  /**
   * observed mean minus claimed, in the claim's units
   */
  gap: number | null;
  fidelity: Fidelity | null;
  fidelity_reasons: string[];
  plan_id: string | null;
  experiment: string | null;
  run_ids: string[];
  /**
   * why it was not run
   */
  reason: string | null;
  notebook_edited: boolean;
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
 * How training and test data are parted.
 *
 */
export interface Protocol {
  kind: 'holdout' | 'kfold';
  test_fraction: number | null;
  folds: number | null;
  stratified: boolean;
}
/**
 * A dataset that the run reads, as the catalogue's loader fetches and checks it.
 *
 */
export interface DatasetMount {
  name: string;
  /**
   * Python source run in the datasets container; writes below $P2N_DATA
   */
  loader: string;
  /**
   * expected digest of the data, where known
   */
  sha256: string | null;
  needs_network: boolean;
}
/**
 * The data, by its name in the catalogue.
 *
 */
export interface DatasetSpec {
  /**
   * key in the catalogue
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
 * Extraction: a claim whose value was found on its page.
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
 * Extraction with a model: text as it is written.
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
export interface Health {
  status: 'ok';
  version: string;
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
export interface PaperVerification {
  paper_id: string;
  pdf_exists: boolean;
  checksum_matches: boolean;
  claims_extracted: boolean;
}
/**
 * A stored plan; `env_hash` is null until it is materialized.
 *
 */
export interface Plan {
  id: string;
  paper_id: string;
  planner: string;
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
 * A claim left out, with the reason.
 *
 */
export interface UnplannedClaim {
  claim_id: string;
  reason:
    | 'other_dataset'
    | 'dataset_unknown'
    | 'dataset_not_stated'
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
export interface PlanAssets {
  plan_id: string;
  env_hash: string;
  files: SignedFile[];
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
  assumptions: Assumption[];
  justifications: Justification[];
  runs: Run[];
}
/**
 * One execution of a materialized plan.
 *
 */
export interface Run {
  id: string;
  plan_id: string;
  paper_id: string;
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
}
export interface RunList {
  runs: Run[];
}
/**
 * All that a worker gets to know; it needs no server, no database and no key.
 *
 */
export interface RunSpec {
  run_id: string;
  plan_id: string;
  paper_id: string;
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
