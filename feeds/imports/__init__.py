"""Archives of others become recordings that the same engine plays.

    from feeds.imports.archive import import_archive
    import_archive(Path("BTC-USDT.csv.gz"), Path("out.jsonl.gz"), instruments)

One reader per format turns an archive into `Message`s (message.py), in bounded memory; archive.py
writes them in the neutral form of feeds/fathom.py. What cannot be meant ends the import with the
line's number, and leaves nothing behind.
"""
