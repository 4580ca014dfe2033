"""The rows of uploaded datasets, at Supabase."""

from __future__ import annotations

from p2n_schemas.datasets import UploadedDataset

from .refusals import name_taken
from .supabase_connection import SupabaseConnection

_DATASETS = "p2n_datasets"


class DatasetRows(SupabaseConnection):
    async def put_dataset(self, dataset: UploadedDataset) -> None:
        """Raises E_CONFLICT where another dataset has the name."""
        other = await self.write(
            "put_dataset",
            id=dataset.id,
            name=dataset.name,
            created_at=dataset.created_at.isoformat(),
            created_by=self.project.owner,
            body=dataset.model_dump_json(),
        )
        if other is not None:
            raise name_taken(dataset.name, other)

    async def get_dataset(self, id_or_name: str) -> UploadedDataset | None:
        # An id before a name that is spelt like one.
        body = await self.body(_DATASETS, "id", id_or_name) or await self.body(_DATASETS, "name", id_or_name)
        return None if body is None else UploadedDataset.model_validate_json(body)

    async def list_datasets(self) -> list[UploadedDataset]:
        bodies = await self.bodies(_DATASETS, (("created_at", True), ("id", False)))
        return [UploadedDataset.model_validate_json(body) for body in bodies]

    async def delete_dataset(self, dataset_id: str) -> None:
        await self.delete(_DATASETS, "id", dataset_id)
