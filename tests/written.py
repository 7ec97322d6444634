"""Files that a job returns, written where a test looks for them."""


def write(files, folder):
    """Write files by their names into a folder, which is made if need be, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
