"""What each cause of a difference is called for people, and what to do about it."""

from __future__ import annotations

from p2n_schemas.determinism import DeterminismCode as Code

MEANING: dict[Code, str] = {
    Code.E_DETERMINISM_UNSEEDED_RNG: "Random numbers are drawn from a generator that nobody seeded.",
    Code.E_DETERMINISM_HASH_ORDER: "The order of a set, or a hash, depends on where objects lie in memory.",
    Code.E_DETERMINISM_TIME_DEPENDENT: "A result depends on the clock.",
    Code.E_DETERMINISM_THREADS: "Threads or processes contribute in the order in which they happen to be done.",
    Code.E_DETERMINISM_FILESYSTEM_ORDER: "Files are taken in the order in which the file system lists them.",
    Code.E_DETERMINISM_UUID: "A random UUID has an influence on a result.",
    Code.E_DETERMINISM_PROCESS_ID: "The number of a process or a thread has an influence on a result.",
    Code.E_DETERMINISM_MEMORY_ADDRESS: "An object's address, by id() or in its repr, has an influence on a result.",
    Code.E_DETERMINISM_DATALOADER_WORKERS: "Worker processes of a DataLoader share something, or hand batches over as"
    " they come.",
    Code.E_DETERMINISM_GPU: "A GPU is asked for: its kernels may add in any order, and the sandbox has none.",
    Code.E_DETERMINISM_EXTERNAL_INPUT: "Something from outside of the notebook is read that differs from run to run.",
    Code.E_DETERMINISM_UNKNOWN: "Nothing that is known to differ from run to run was found in the code.",
}

REMEDY: dict[Code, str] = {
    Code.E_DETERMINISM_UNSEEDED_RNG: "Seed it: np.random.default_rng(SEED), random.Random(SEED),"
    " torch.manual_seed(SEED), random_state=SEED; SEED may be int(os.environ['P2N_SEED']).",
    Code.E_DETERMINISM_HASH_ORDER: "Sort before iterating (sorted(items, key=…)), use dict.fromkeys(items) in place of"
    " set(items), or give the class a __hash__ and __eq__ of its values.",
    Code.E_DETERMINISM_TIME_DEPENDENT: "Keep times out of results and seeds; limit work by a count, not by seconds.",
    Code.E_DETERMINISM_THREADS: "Collect results in the order of the inputs (executor.map, or futures in a list), add"
    " them up at the end, or use math.fsum.",
    Code.E_DETERMINISM_FILESYSTEM_ORDER: "Sort the names: sorted(os.listdir(…)), sorted(path.glob(…)).",
    Code.E_DETERMINISM_UUID: "Number things (0, 1, 2 …), or use uuid.uuid5 of their content.",
    Code.E_DETERMINISM_PROCESS_ID: "Leave process and thread numbers out; name workers by their index.",
    Code.E_DETERMINISM_MEMORY_ADDRESS: "Compare and sort by what objects hold; give the class a __repr__ without its"
    " address.",
    Code.E_DETERMINISM_DATALOADER_WORKERS: "Set num_workers=0, or draw what is random from the sample's index, and"
    " leave in_order as it is.",
    Code.E_DETERMINISM_GPU: "Use the CPU: device = 'cpu'. Where a GPU is there, torch.use_deterministic_algorithms(True).",
    Code.E_DETERMINISM_EXTERNAL_INPUT: "Bring it along as a dataset of the run, or write the value into the notebook.",
    Code.E_DETERMINISM_UNKNOWN: "Look at the first cell that differs; print what goes into it, and validate again to"
    " narrow it down.",
}
